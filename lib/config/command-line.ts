import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { oneLine } from '../one-line.ts';
import { formatOf, isSwitch } from './formats.ts';
import { type Layer, type Piece, pairsIn } from './layers.ts';
import { suggestion } from './problems.ts';
import { schema, settingsByKey } from './schema.ts';
import { type KeyedSetting, defaultText, variablesOf } from './setting.ts';

/** The words that may stand before the flags. All but doctor are flags as well, of which the first here counts. */
const commands = ['help', 'version', 'check-config', 'doctor'] as const;

const listenAddress = 'web.listen-address';

/** What the program is asked to do. */
export type Command = 'run' | (typeof commands)[number];

export interface CommandLine {
  readonly command: Command;
  readonly configFile: string | undefined;
  readonly flags: Layer;
}

/** Every setting has a flag of its name; a switch takes its value only with `=`, since it may stand alone. */
const options: ParseArgsOptionsConfig = {
  config: { type: 'string', short: 'c' },
  'check-config': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  ...Object.fromEntries(
    [...settingsByKey.values()].map(({ key, format }) => [
      key,
      { type: isSwitch(format) ? 'boolean' : 'string' } as const,
    ]),
  ),
};

type Token = ReturnType<typeof tokensOf>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

function tokensOf(args: readonly string[]) {
  return parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens;
}

/** Reads the arguments behind the program's name. Never throws: what is wrong is among the problems of the flags. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const given: OptionToken[] = [];
  const problems: string[] = [];
  let wrong: OptionToken | undefined;
  const tokens = tokensOf(args);
  const command = commandIn(tokens[0]);
  for (const token of command === undefined ? tokens : tokens.slice(1)) {
    // `-port` is one mistake, not four.
    if (token.index === wrong?.index) continue;
    const problem = problemOf(token);
    // What stands behind a wrong flag was meant as its value.
    const isItsValue = wrong !== undefined && token.kind === 'positional';
    if (problem !== undefined && !isItsValue) problems.push(problem);
    if (token.kind === 'option' && problem === undefined) given.push(token);
    wrong = token.kind === 'option' && problem !== undefined ? token : undefined;
  }

  // Prometheus' own exporters listen on each; the last one alone would be a promise that is not kept.
  if (given.filter(({ name }) => name === listenAddress).length > 1) {
    problems.push(`flag --${listenAddress}: given more than once; only one address can be listened on`);
  }
  const entries = [...settingsByKey.values()].flatMap((setting) => {
    const own = given.filter(({ name }) => name === setting.key);
    return own.length === 0 ? [] : [{ key: setting.key, pieces: piecesOf(setting, own) }];
  });
  return {
    command: commands.find((name) => given.some((token) => token.name === name)) ?? command ?? 'run',
    configFile: given.findLast(({ name }) => name === 'config')?.value,
    flags: { origin: 'flag', entries, problems },
  };
}

function commandIn(token: Token | undefined): Command | undefined {
  if (token?.kind !== 'positional' || token.index !== 0) return undefined;
  return commands.find((name) => name === token.value);
}

/** Neither an unknown flag's value nor a word behind the first is printed: it may be part of a password. */
function problemOf(token: Token): string | undefined {
  if (token.kind === 'positional') {
    if (token.index > 0) return `argument ${token.index + 1}: not a flag; ${flagForms}; a command goes first`;
    const word = token.value.slice(0, maxWordLength);
    return unknown(`command ${word}`, suggestion(word, commands));
  }
  if (token.kind === 'option-terminator') return undefined;
  const { name, rawName, value, inlineValue } = token;
  if (!Object.hasOwn(options, name)) {
    const flag = `flag ${rawName.slice(0, maxWordLength)}`;
    const isShort = !rawName.startsWith('--');
    return unknown(
      flag,
      isShort ? '; all but -c, -h and -v begin with --.' : suggestion(name, Object.keys(options), '--'),
    );
  }
  if (options[name]?.type === 'boolean') return undefined;
  if (value === undefined || (name === 'config' && value === '')) return `flag ${rawName}: needs a value`;
  return !inlineValue && /^-./.test(value)
    ? `flag ${rawName}: needs a value; one that starts with - is given as --${name}=VALUE`
    : undefined;
}

function unknown(what: string, hint: string): string {
  return oneLine(`${what}: unknown${hint === '' ? '; see' : `${hint} See`} --help`);
}

const maxWordLength = 80;

const flagForms = 'those are --NAME VALUE or --NAME=VALUE, switches --NAME or --NAME=false';

/** The last flag wins, save for lists and maps, which grow with each. */
function piecesOf({ key, format }: KeyedSetting, tokens: readonly OptionToken[]): readonly Piece[] {
  const where = `flag --${key}`;
  const pieces = tokens.map(({ value = 'true' }) => ({ text: value, where }));
  const { shape } = formatOf(format);
  if (shape === 'map') return pieces.flatMap(({ text }) => pairsIn(text, where));
  return shape === 'list' ? pieces : pieces.slice(-1);
}

const introduction = `Usage: docker-stats-exporter [COMMAND] [--config FILE] [--SETTING VALUE]...

Serves the metrics of every Docker container for Prometheus.

  doctor              check access to the engine, explain which metrics will be missing, and exit:
                      0 none, 1 the engine can't be reached, 2 some are missing
  check-config        validate the settings and exit; also --check-config
  version             print the version and exit; also -v, --version
  help                print this help and exit; also -h, --help

  -c, --config FILE   read settings from a YAML file

Every setting is a key of the YAML file and a flag; some are an environment variable too. Flags win
over variables, variables over the file. The flag of a list may be repeated.
`;

const maxLineLength = 110;

/** What `--help` prints, from the schema. */
export function helpText(): string {
  const sections = Object.keys(schema).map((section) => {
    const settings = [...settingsByKey.values()].filter(({ key }) => key.startsWith(`${section}.`));
    return `\n${section}:\n${settings.map(settingText).join('')}`;
  });
  return introduction + sections.join('');
}

function settingText(setting: KeyedSetting): string {
  const { key, doc, format } = setting;
  const { placeholder } = formatOf(format);
  const value = isSwitch(format) ? `[=${placeholder}]` : ` ${placeholder}`;
  const fallback = defaultText(setting);
  const facts = [...variablesOf(setting), ...(fallback === '' ? [] : [`default ${fallback}`])];
  const head = `  --${key}${value}`;
  const tail = facts.length > 0 ? `(${facts.join(', ')})` : '';
  const gap = head.length + tail.length < maxLineLength - 2 ? '  ' : '\n      ';
  return `${head}${tail === '' ? '' : gap + tail}\n      ${doc}\n`;
}
