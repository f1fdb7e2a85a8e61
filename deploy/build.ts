import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';

await bundle({
  folder: fileURLToPath(new URL('../dist', import.meta.url)),
  version: process.env.VERSION,
  commit: process.env.COMMIT,
  buildDate: process.env.BUILD_DATE,
});
