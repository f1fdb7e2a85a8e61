import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BundledPackage } from './packages.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly [field: string]: unknown;
}

/** What is read of a bill of materials in CycloneDX 1.5. */
interface Sbom {
  readonly metadata: { readonly component: Component; readonly [field: string]: unknown };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/**
 * The bill of materials of the bundle as CycloneDX. Scanners find no packages in a bundle, and npm's own bill has all
 * that builds and tests need besides: it is cut down to what is in there. Throws where npm knows one of them not.
 */
export function sbomOf(packages: readonly BundledPackage[], version: string): string {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const whole: Sbom = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }));
  const own = whole.metadata.component;
  const refs = new Set(packages.map(({ name, version: release }) => `${name}@${release}`));
  const known = new Map(whole.components.map((component) => [component['bom-ref'], component]));
  const components = [...refs].map((ref) => {
    const component = known.get(ref);
    if (component === undefined) throw new Error(`npm sbom has no ${ref}`);
    // npm takes it for a part of the development alone, which ends with the bundle.
    const { properties: _, ...rest } = component;
    return rest;
  });
  const dependencies = whole.dependencies
    .filter(({ ref }) => refs.has(ref) || ref === own['bom-ref'])
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
  const name = 'docker-stats-exporter';
  const component = { ...own, name, version, purl: `pkg:npm/${name}@${version}` };
  const bill = {
    ...whole,
    metadata: { ...whole.metadata, lifecycles: [{ phase: 'build' }], component },
    components,
    dependencies,
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}
