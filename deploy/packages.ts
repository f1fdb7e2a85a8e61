import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A package that is in the bundle, be it in part. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** The text of its license file, or what its package.json says. */
  readonly license: string;
}

/** The packages of which esbuild took something, each once. Throws where one has no license. */
export function bundledPackages({ outputs }: Metafile): readonly BundledPackage[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(folders)].sort().map((folder) => {
    const { name, version, license }: Record<string, unknown> = JSON.parse(
      readFileSync(join(root, folder, 'package.json'), 'utf8'),
    );
    return { name: String(name), version: String(version), license: licenseOf(folder, license) };
  });
}

/** A few packages have no more than a word about it in their package.json. */
function licenseOf(folder: string, license: unknown): string {
  const file = readdirSync(join(root, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (file !== undefined) return readFileSync(join(root, folder, file), 'utf8').trim();
  if (typeof license === 'string') return `License: ${license}`;
  throw new Error(`${folder} has no license`);
}

/** The license texts, each once, below the packages that are under it. */
export function licensesOf(packages: readonly BundledPackage[]): string {
  const texts = Map.groupBy(packages, ({ license }) => license);
  return [...texts]
    .map(([text, under]) => `${under.map(({ name, version }) => `== ${name} ${version}`).join('\n')}\n\n${text}\n`)
    .join('\n');
}
