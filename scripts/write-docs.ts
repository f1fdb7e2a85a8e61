import { readFileSync, writeFileSync } from 'node:fs';
import { format, getFileInfo, resolveConfig } from 'prettier';
import { faultTable } from '../test/doctor/fault-cases.ts';
import { conformanceTable } from '../test/http/conformance-cases.ts';
import { cadvisorLists, cadvisorQueries } from './cadvisor-lists.ts';
import { chartValuesTable } from './chart-docs.ts';
import { conventionsTable, metricsTable, otelTable } from './metrics-table.ts';
import { copiedFiles, released, releasedFiles } from './release-docs.ts';
import { exampleFile, settingsTable } from './settings-docs.ts';

/** Text that comes from the code: a whole file, or what stands between `<!-- marker:begin -->` and `<!-- marker:end -->` in one. */
interface GeneratedText {
  readonly file: URL;
  readonly marker?: string;
  readonly render: () => string;
}

const inProject = (path: string): URL => new URL(`../${path}`, import.meta.url);

/** To add one, add a row. */
export const generatedTexts: readonly GeneratedText[] = [
  { file: inProject('config/config.example.yaml'), render: exampleFile },
  { file: inProject('config/README.md'), marker: 'settings', render: settingsTable },
  { file: inProject('lib/metrics/README.md'), marker: 'metrics', render: metricsTable },
  { file: inProject('lib/metrics/README.md'), marker: 'otel', render: otelTable },
  { file: inProject('lib/metrics/README.md'), marker: 'conventions', render: conventionsTable },
  { file: inProject('lib/http/README.md'), marker: 'answers', render: conformanceTable },
  { file: inProject('lib/doctor/README.md'), marker: 'faults', render: faultTable },
  { file: inProject('charts/docker-stats-exporter/README.md'), marker: 'values', render: chartValuesTable },
  { file: inProject('docs/cadvisor.md'), marker: 'cadvisor', render: cadvisorLists },
  { file: inProject('docs/cadvisor.md'), marker: 'cadvisor-queries', render: cadvisorQueries },
  ...releasedFiles.map((path) => ({ file: inProject(path), render: () => released(path) })),
  ...copiedFiles.map(([copy, source]) => ({ file: inProject(copy), render: () => released(source) })),
];

/** The file as it should be, formatted where that is known how. Rejects when it lacks the marker. */
export async function upToDate({ file, marker, render }: GeneratedText): Promise<string> {
  const text = marker === undefined ? render() : between(marker, readFileSync(file, 'utf8'), render());
  const { inferredParser } = await getFileInfo(file.pathname);
  if (inferredParser === null) return text;
  return format(text, { ...(await resolveConfig(file)), filepath: file.pathname });
}

function between(marker: string, text: string, replacement: string): string {
  const [begin, end] = [`<!-- ${marker}:begin -->`, `<!-- ${marker}:end -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`no ${begin} … ${end} in the file`);
  return `${text.slice(0, from + begin.length)}\n\n${replacement}\n\n${text.slice(to)}`;
}

if (import.meta.main) {
  for (const generated of generatedTexts) writeFileSync(generated.file, await upToDate(generated));
}
