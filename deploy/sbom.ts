import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { BundledPackage } from './packages.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly [field: string]: unknown;
}

/** What is read of a bill of materials in CycloneDX 1.5. */
interface Sbom {
  readonly serialNumber: string;
  readonly metadata: { readonly component: Component; readonly [field: string]: unknown };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/**
 * The bill of materials of the bundle as CycloneDX. Scanners find no packages in a bundle, and npm's own bill has all
 * that builds and tests need besides: it is cut down to what is in there. Equal bundles have equal bills: npm's time and
 * random serial number give way to the date of the source (RFC 3339), where that is known, and a digest. Throws where npm
 * does not know one of the packages.
 */
export function sbomOf(packages: readonly BundledPackage[], version: string, sourceDate?: string): string {
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
    serialNumber: undefined,
    metadata: { ...whole.metadata, timestamp: sourceDate, lifecycles: [{ phase: 'build' }], component },
    components,
    dependencies,
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(bill))}`;
  return `${JSON.stringify({ ...bill, serialNumber }, undefined, 2)}\n`;
}

/** A UUID of version 8, which leaves its bits to the application: those of the text's SHA-256. */
function uuidOf(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex');
  return digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-8$3-8$4-$5');
}
