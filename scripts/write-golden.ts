import { writeFileSync } from 'node:fs';
import { type GoldenFile, goldenFiles, goldenPath, outputOf, recordedEngines } from '../test/support/golden.ts';

for (const engine of recordedEngines) {
  for (const file of Object.keys(goldenFiles) as GoldenFile[]) {
    writeFileSync(goldenPath(engine, file), await outputOf(engine, file));
  }
}
