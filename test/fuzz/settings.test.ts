import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc, { type Arbitrary } from 'fast-check';
import { settingsByKey, settingsTable } from '../../lib/config/schema.ts';
import { SettingsError } from '../../lib/config/settings.ts';
import { type Sources, load } from '../config/loading.ts';
import { exampleFile } from '../../scripts/settings-docs.ts';
import { hostileText } from './hostile.ts';
import { patience, runs } from './runs.ts';

/** What people read: warnings, or the problems that keep the settings from being loaded. Anything else thrown comes through. */
function linesOf(sources: Sources): readonly string[] {
  try {
    return load(sources).warnings;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    expect(error.problems).not.to.deep.equal([]);
    return error.problems;
  }
}

function expectLines(lines: readonly string[]): void {
  for (const line of lines) expect(line).to.match(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+$/u);
}

const complete = readFileSync(new URL('../fixtures/config/complete.yaml', import.meta.url), 'utf8');
const example = exampleFile().replaceAll(/#(?=\w+:)/g, '');

const marks = [
  '\n',
  '  ',
  ': ',
  '- ',
  '? ',
  '&a ',
  '*a',
  '<<: ',
  '|',
  '>',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  ',',
  '#',
  '!!binary ',
];
const fragment = fc.oneof(
  { arbitrary: fc.constantFrom(...marks), weight: 4 },
  fc.constantFrom(
    '---',
    '...',
    '%YAML 1.2',
    '~',
    'null',
    '1e999',
    '.nan',
    '0x10',
    '!<tag:yaml.org,2002:float> ',
    'server',
    'tls',
  ),
  fc.constantFrom(...settingsTable.knownKeys),
  hostileText,
);
const fragments = fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join(''));

/** Edits of the lines of a file: each is dropped, doubled, indented otherwise, or given another value. */
function edited(text: string): Arbitrary<string> {
  const lines = text.split('\n');
  const edit = fc.oneof(
    fc.constant(() => []),
    fc.constant((line: string) => [line, line]),
    fc.constantFrom('', ' ', '  ', '    ', '\t').map((indent) => (line: string) => [indent + line.trimStart()]),
    fragments.map((value) => (line: string) => [line.replace(/: .*|$/, () => `: ${value}`)]),
    fc
      .tuple(fragments, fc.nat(40))
      .map(([given, at]) => (line: string) => [line.slice(0, at) + given + line.slice(at)]),
  );
  const edits = fc.array(fc.tuple(fc.nat(lines.length - 1), edit), { minLength: 1, maxLength: 5 });
  return edits.map((given) => {
    const byLine = new Map(given);
    return lines.flatMap((line, index) => byLine.get(index)?.(line) ?? [line]).join('\n');
  });
}

const files: Arbitrary<string | Buffer> = fc.oneof(
  edited(complete),
  edited(example),
  fragments,
  hostileText,
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

const value = fc.oneof(
  hostileText,
  fc.constantFrom(
    'true',
    '0',
    '30s',
    '-1',
    '8080',
    'tcp://h:1',
    'ssh://u@h',
    '(',
    '[[:alpha:]]',
    'a=b,c',
    '/',
    'debug',
  ),
);
const flagName = fc.oneof({ arbitrary: fc.constantFrom(...settingsByKey.keys()), weight: 5 }, hostileText);
const flags = fc
  .array(
    fc.oneof(
      fc.tuple(flagName, value).map(([name, given]) => [`--${name}=${given}`]),
      fc.tuple(flagName, value).map(([name, given]) => [`--${name}`, given]),
      hostileText.map((word) => [word]),
    ),
    { maxLength: 6 },
  )
  .map((args) => args.flat());
const variableNames = [...settingsByKey.values()].flatMap(({ env = [] }) => env);
const variables = fc.dictionary(fc.constantFrom(...variableNames), value, { maxKeys: 5 });

describe('settings, whatever is written', () => {
  it('are loaded from any file, or refused in one line a problem', () => {
    fc.assert(
      fc.property(files, (yaml) => expectLines(linesOf({ yaml }))),
      runs(4),
    );
  }).timeout(patience);

  it('are loaded from any flags and variables, or refused in one line a problem', () => {
    fc.assert(
      fc.property(flags, variables, (args, env) => expectLines(linesOf({ args, env }))),
      runs(4),
    );
  }).timeout(patience);

  it('never show a secret', () => {
    const secret = fc.stringMatching(/^S3cr[a-zA-Z0-9]{12}$/);
    const wrap = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => `'${text}'`,
      (text) => `"${text}"`,
      (text) => `"${text}`,
      (text) => `|\n      ${text}`,
      (text) => `[${text}, b]`,
      (text) => `{ a: ${text} }`,
      (text) => `&a ${text}`,
      (text) => `!!int ${text}`,
      (text) => `a: ${text}`,
    );
    const name = fc.constantFrom('password', 'password_hash', 'password_file_', 'Password');
    const file = fc.tuple(edited(complete), secret, wrap, name).map(([text, given, wrapped, key]) => ({
      given,
      sources: { yaml: text.replace(/ {4}password: .*/, () => `    ${key}: ${wrapped(given)}`) },
    }));
    const before = fc.constantFrom('', '-', '$2y$10$', 'a b ', '\n');
    const flag = fc.tuple(flags, secret, before, name, fc.boolean()).map(([args, given, start, key, joined]) => {
      const [option, text] = [`--server.auth.${key}`, start + given];
      return { given, sources: { args: [...args, ...(joined ? [`${option}=${text}`] : [option, text])] } };
    });
    const host = fc.tuple(secret, hostileText).map(([given, rest]) => ({
      given,
      sources: { env: { DOCKER_HOST: `tcp://user:${given}@${rest}` } },
    }));
    fc.assert(
      fc.property(fc.oneof(file, flag, host), ({ given, sources }) => {
        expect(linesOf(sources).join('\n')).not.to.include(given);
      }),
      runs(2),
    );
  }).timeout(patience);
});
