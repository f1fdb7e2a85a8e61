import { type Document, type YAMLMap, isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';
import { formatOf } from './formats.ts';
import type { Entry, Layer, Piece } from './layers.ts';
import { nearest, suggestion } from './nearest.ts';
import { problemLine } from './problems.ts';
import { type KeyedSetting, knownKeys, schema, settingsByKey } from './schema.ts';
import { type Section, isSetting } from './setting.ts';

/**
 * Reads the settings of a YAML document, scalars as they are written there: `1.40` is a version and `0x10` no port.
 * `whereIs` names the place of an offset for people.
 */
export function readDocument(document: Document.Parsed, whereIs: (offset: number) => string): Layer {
  const entries: Entry[] = [];
  const problems: string[] = [];

  const placeOf = (node: unknown): string => whereIs((isNode(node) && node.range?.[0]) || 0);
  const complain = (key: string, node: unknown, reason: string): void => {
    problems.push(problemLine({ key, where: placeOf(node), reason }));
  };
  const resolve = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);

  function readSection(section: Section, map: YAMLMap, path: string): void {
    for (const { name, key: keyNode, value } of pairsOf(map, path)) {
      const key = path + name;
      const child = Object.hasOwn(section, name) ? section[name] : undefined;
      const node = resolve(value);
      if (child === undefined) complain(key, keyNode, unknownKeyReason(key));
      else if (isEmpty(node)) continue;
      else if (isSetting(child)) readSetting({ ...child, key }, node, value);
      else if (isMap(node)) readSection(child, node, `${key}.`);
      else complain(key, value, `must be a map of settings, not ${nounFor(node)}`);
    }
  }

  /** A name that is there twice is a problem, and only its first pair counts. */
  function pairsOf(map: YAMLMap, path: string): { name: string; key: unknown; value: unknown }[] {
    const names = new Set<string>();
    return map.items.flatMap(({ key, value }) => {
      const name = textOf(key) ?? '?';
      if (names.has(name)) {
        complain(path + name, key, 'duplicate key');
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
      complain(key, place, `must be ${shapeNames[shape]}, not ${nounFor(node)}`);
    }
  }

  function readItem(key: string, item: unknown, place: unknown, name?: string): Piece[] {
    const text = textOf(resolve(item));
    if (text !== undefined) return [{ text, where: placeOf(place), name }];
    complain(key, place, `must hold single values, not ${nounFor(resolve(item))}`);
    return [];
  }

  const { contents } = document;
  if (isMap(contents)) readSection(schema, contents, '');
  else if (!isEmpty(contents))
    complain('the whole file', contents, `must be a map of settings, not ${nounFor(contents)}`);
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

function unknownKeyReason(key: string): string {
  if (settingsByKey.has(key)) return 'must be written as nested maps';
  return `unknown key${suggestion(nearest(key, knownKeys))}`;
}
