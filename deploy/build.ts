import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { bundle } from './bundle.ts';
import { bundledPackages } from './packages.ts';
import { sbomOf } from './sbom.ts';

/** The date of the source in RFC 3339, as https://reproducible-builds.org defines its variable: seconds since 1970. */
function sourceDate(): string | undefined {
  const seconds = process.env.SOURCE_DATE_EPOCH;
  return seconds ? new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z') : undefined;
}

const folder = fileURLToPath(new URL('../dist', import.meta.url));
const version = process.env.VERSION || packageJson.version;
const date = sourceDate();
const metafile = await bundle({
  folder,
  version,
  commit: process.env.COMMIT,
  buildDate: process.env.BUILD_DATE || date,
});
writeFileSync(join(folder, 'sbom.cdx.json'), sbomOf(bundledPackages(metafile), version, date));
