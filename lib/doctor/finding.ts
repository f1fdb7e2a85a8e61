/** `fail`: metrics are missing until something is done. `warn`: they are there, but that may change. */
export type Level = 'ok' | 'warn' | 'fail';

/** The result of one check. */
export interface Finding {
  readonly level: Level;
  readonly subject: string;
  /** One line. */
  readonly text: string;
  /** What to do about it, or what follows from it; a line each. */
  readonly advice?: readonly string[];
}

/** The findings for people, a line each, with its advice indented below. */
export function renderFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ level, subject, text, advice = [] }) => [
    `${level.padEnd(4)}  ${subject}: ${text}`,
    ...advice.map((line) => `        ${line}`),
  ]);
  return `${lines.join('\n')}\n`;
}
