import { writeFileSync } from 'node:fs';
import { expositionOf, goldenFile, recordedEngines } from './golden.ts';

for (const engine of recordedEngines) {
  writeFileSync(goldenFile(engine), await expositionOf(engine));
}
