import {
  type Document,
  Lexer,
  LineCounter,
  type YAMLError,
  type YAMLMap,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
} from 'yaml';
import { messageOf } from '../error-message.ts';
import { oneLine } from '../one-line.ts';
import { readTextFile } from './files.ts';
import { formatOf } from './formats.ts';
import type { Entry, Layer, Piece } from './layers.ts';
import { problemLine, suggestion } from './problems.ts';
import { type KeyedSetting, type Section, type SettingsTable, isSetting } from './setting.ts';

/**
 * Twenty times what a file with every setting has. The parser makes up to 1.3 KB of each token, more than the heap of
 * the smallest container could hold of the largest file.
 */
const maxTokens = 10_000;

/** Enough for any file's anchors; each use is looked up in the whole document. */
const maxAliases = 100;

/**
 * Reads the settings of a table from a YAML file. Never throws: what is wrong with it is among the problems.
 * `namedBy` says where the path was written, for people.
 */
export function readYamlFile(path: string, namedBy: string, table: SettingsTable): Layer {
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    return unreadable(`${path} (${namedBy}): ${messageOf(error)}`);
  }
  if (hasTooManyTokens(text)) return unreadable(`${path}: has more than ${maxTokens} YAML tokens`);
  const lines = new LineCounter();
  // Not the pretty errors: they quote lines that may hold a password. Duplicate keys are found where the keys are read.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    return unreadable(`${path}:${line}:${col}: not valid YAML: ${syntaxReason(error)}`);
  }
  if (aliasesIn(document) > maxAliases) return unreadable(`${path}: has more than ${maxAliases} YAML aliases`);
  return readDocument(document, (offset) => `${path}:${lines.linePos(offset).line}`, table);
}

function unreadable(problem: string): Layer {
  return { origin: 'file', entries: [], problems: [oneLine(problem)], unreadable: true };
}

/** The parser's own words, less what it quotes behind a colon: that may be part of a password. */
function syntaxReason({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'more than one document';
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deeply';
  return message.replace(/(?<=\w): .*$/s, '');
}

function hasTooManyTokens(text: string): boolean {
  const tokens = new Lexer().lex(text);
  for (let count = 0; count <= maxTokens; count += 1) {
    if (tokens.next().done) return false;
  }
  return true;
}

function aliasesIn(document: Document.Parsed): number {
  let count = 0;
  visit(document, {
    Alias: () => {
      count += 1;
    },
  });
  return count;
}

/**
 * Scalars are taken as they are written: `1.40` is a version and `0x10` no port. `whereIs` names the place of an offset
 * for people.
 */
function readDocument(
  document: Document.Parsed,
  whereIs: (offset: number) => string,
  { root, byKey, knownKeys, otherKey }: SettingsTable,
): Layer {
  const entries: Entry[] = [];
  const problems: string[] = [];

  const placeOf = (node: unknown): string => whereIs((isNode(node) && node.range?.[0]) || 0);
  const addProblem = (key: string, node: unknown, reason: string): void => {
    problems.push(problemLine({ key, where: placeOf(node), reason }));
  };
  const resolve = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);

  function readSection(section: Section, map: YAMLMap, path: string): void {
    for (const { name, key: keyNode, value } of pairsOf(map, path)) {
      const key = path + name;
      const child = Object.hasOwn(section, name) ? section[name] : undefined;
      const node = resolve(value);
      if (child === undefined) {
        const reason = byKey.has(key) ? 'must be written as nested maps' : `${otherKey}${suggestion(key, knownKeys)}`;
        addProblem(key, keyNode, reason);
      } else if (isEmpty(node)) continue;
      else if (isSetting(child)) readSetting({ ...child, key }, node, value);
      else if (isMap(node)) readSection(child, node, `${key}.`);
      else addProblem(key, value, `must be a map of settings, not ${nounFor(node)}`);
    }
  }

  /** Only the first pair of a name counts. */
  function pairsOf(map: YAMLMap, path: string): { name: string; key: unknown; value: unknown }[] {
    const names = new Set<string>();
    return map.items.flatMap(({ key, value }) => {
      const name = textOf(key) ?? '?';
      if (names.has(name)) {
        addProblem(path + name, key, 'duplicate key');
        return [];
      }
      names.add(name);
      return [{ name, key, value }];
    });
  }

  function readSetting({ key, format }: KeyedSetting, node: unknown, place: unknown): void {
    const { shape } = formatOf(format);
    const text = textOf(node);
    if (shape === 'list' && isSeq(node)) {
      entries.push({ key, pieces: node.items.flatMap((item) => readItem(key, item, item)) });
    } else if (shape === 'map' && isMap(node)) {
      const pairs = pairsOf(node, `${key}.`);
      entries.push({ key, pieces: pairs.flatMap((pair) => readItem(key, pair.value, pair.key, pair.name)) });
    } else if (shape === 'scalar' && text !== undefined) {
      entries.push({ key, pieces: [{ text, where: placeOf(place) }] });
    } else {
      addProblem(key, place, `must be ${shapeNames[shape]}, not ${nounFor(node)}`);
    }
  }

  function readItem(key: string, item: unknown, place: unknown, name?: string): Piece[] {
    const text = textOf(resolve(item));
    if (text !== undefined) return [{ text, where: placeOf(place), name }];
    addProblem(key, place, `must hold single values, not ${nounFor(resolve(item))}`);
    return [];
  }

  const { contents } = document;
  if (isMap(contents)) readSection(root, contents, '');
  else if (!isEmpty(contents))
    addProblem('the whole file', contents, `must be a map of settings, not ${nounFor(contents)}`);
  return { origin: 'file', entries, problems };
}

const shapeNames = { scalar: 'a single value', list: 'a list, such as [a, b]', map: 'a map, such as {a: b}' } as const;

/** A scalar as it is written; undefined for anything else and for nothing. */
function textOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === 'string' ? node.value : node.source;
}

/** A key without a value, which means the default. */
function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function nounFor(node: unknown): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (isEmpty(node)) return 'nothing';
  return isScalar(node) ? 'a single value' : 'an unknown alias';
}
