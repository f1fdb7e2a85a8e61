/** `fail`: metrics are missing until somebody acts. `warn`: they are there, but it may not stay so. */
export type Level = 'ok' | 'warn' | 'fail';

/** One thing that was looked at. */
export interface Finding {
  readonly level: Level;
  readonly subject: string;
  /** One line. */
  readonly text: string;
  /** What to do about it, or what follows from it; a line each. */
  readonly advice?: readonly string[];
}

/** The findings for people, a line each, with what belongs to it indented below. */
export function renderFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ level, subject, text, advice = [] }) => [
    `${level.padEnd(4)}  ${subject}: ${text}`,
    ...advice.map((line) => `        ${line}`),
  ]);
  return `${lines.join('\n')}\n`;
}
