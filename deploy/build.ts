import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { bundle } from './bundle.ts';
import { bundledPackages } from './packages.ts';
import { sbomOf } from './sbom.ts';

const folder = fileURLToPath(new URL('../dist', import.meta.url));
const version = process.env.VERSION || packageJson.version;
const metafile = await bundle({ folder, version, commit: process.env.COMMIT, buildDate: process.env.BUILD_DATE });
writeFileSync(join(folder, 'sbom.cdx.json'), sbomOf(bundledPackages(metafile), version));
