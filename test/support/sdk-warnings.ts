import { diag } from '@opentelemetry/api';

/** What the OpenTelemetry SDK warns of while something is done. */
export async function sdkWarnings(action: () => unknown): Promise<string[]> {
  const warnings: string[] = [];
  const ignore = (): void => {};
  const warn = (message: string): void => void warnings.push(message);
  // One that another file left behind would be told of.
  diag.disable();
  diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore });
  try {
    await action();
  } finally {
    diag.disable();
  }
  return warnings;
}
