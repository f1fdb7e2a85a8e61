import { redactDockerHost } from './docker-host.ts';
import { type KeyedSetting, settingsByKey } from './schema.ts';

/** What is wrong with one setting. */
export interface Problem {
  readonly key: string;
  /** What was written; it is printed only where the key is a known one and not sensitive. */
  readonly text?: string | undefined;
  /** Where it was written. */
  readonly where: string;
  /** What is allowed. */
  readonly reason: string;
}

const longestValue = 80;

/** `server.port = "http" (config.yaml:3): must be …`, on one line whatever the parts hold. */
export function problemLine({ key, text, where, reason }: Problem): string {
  const value = text === undefined ? undefined : printable(key, text);
  return oneLine(`${shortened(key)}${value === undefined ? '' : ` = ${value}`} (${where}): ${reason}`);
}

/** Writes control characters, line ends and marks of writing direction as escapes. */
export function oneLine(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`,
  );
}

/** The value in quotes, without its credentials; undefined for a secret, or for what may be one. */
function printable(key: string, text: string): string | undefined {
  const setting = settingsByKey.get(key);
  if (setting === undefined || setting.sensitive) return undefined;
  return `"${shortened(holdsAddress(setting.format) ? redactDockerHost(text) : text)}"`;
}

function holdsAddress(format: KeyedSetting['format']): boolean {
  return format === 'docker_host' || format === 'otlp_endpoint';
}

function shortened(text: string): string {
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}
