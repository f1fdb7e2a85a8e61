import fc, { type Arbitrary } from 'fast-check';

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const awkwardTexts = [
  '',
  ' ',
  '/',
  '//',
  'NaN',
  'Infinity',
  '-1',
  '1e999',
  '__proto__',
  'constructor',
  'toString',
  'length',
  '"\\\n\r\t',
  '\\n',
  '\0',
  '\u2028',
  '\ud800',
  'a\udc00b',
  '😀 ü',
  'a'.repeat(10_000),
  '0001-01-01T00:00:00Z',
  '0000-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59.999999999-23:59',
  '1969-12-31T23:59:59Z',
  '275761-01-01T00:00:00Z',
  'running',
  'paused',
  'PAUSED',
  'Up 3 hours (healthy)',
];

/** Texts that trip programs, lone surrogates and control characters among them. */
export const hostileText: Arbitrary<string> = fc.oneof(
  fc.constantFrom(...awkwardTexts),
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('\ud800', '\udc00', '"', '\\', '\n', 'n', '\r', '{', '}', ',', '=', '😀'))
    .map((parts) => parts.join('')),
);

/** Numbers that JSON can write, beyond what a double holds among them. */
export const hostileNumber: Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, -0, -1, 0.5, 5e-324, 1e308, -1e308, Number.MAX_VALUE, Infinity, -Infinity, 2 ** 53, 2 ** 64 - 1),
  fc.double({ noNaN: true }),
  fc.integer(),
);

/** Objects whose conversion to text fails, or that hide what every object has. */
const treacherousObject: Arbitrary<Json> = fc.constantFrom<Json>(
  { toString: 1 },
  { toString: null, valueOf: null },
  { length: 3 },
  { length: -1, 0: 'a' },
  { hasOwnProperty: 0 },
  JSON.parse('{"__proto__": {"State": "running"}}'),
  { constructor: { prototype: {} } },
);

const deepNesting: Arbitrary<Json> = fc.constantFrom('[', '{"a":').map((opening): Json => {
  const depth = 500;
  return JSON.parse(`${opening.repeat(depth)}0${(opening === '[' ? ']' : '}').repeat(depth)}`);
});

/** Any JSON, the awkward kinds more often than others. */
export const hostileValue: Arbitrary<Json> = fc.oneof(
  { arbitrary: fc.constantFrom<Json>(null, true, false, [], {}, [null], [[]], [{}], ['']), weight: 3 },
  { arbitrary: hostileText, weight: 3 },
  { arbitrary: hostileNumber, weight: 3 },
  { arbitrary: treacherousObject, weight: 3 },
  { arbitrary: fc.jsonValue({ maxDepth: 3 }) as Arbitrary<Json>, weight: 2 },
  { arbitrary: deepNesting, weight: 1 },
);

type Path = readonly (string | number)[];

interface Mutation {
  readonly path: Path;
  /** Undefined drops what is there. */
  readonly value: Json | undefined;
}

/** A real answer with one to four of its fields dropped or replaced, those that `isRead` names more often than others. */
export function mutated(original: Json, isRead: (field: string) => boolean): Arbitrary<Json> {
  const every = pathsIn(original);
  const read = every.filter((path) => path.some((step) => typeof step === 'string' && isRead(step)));
  const path = fc.oneof(
    fc.constantFrom(...every),
    ...(read.length === 0 ? [] : [{ arbitrary: fc.constantFrom(...read), weight: 4 }]),
  );
  const value = fc.option(hostileValue, { nil: undefined, freq: 5 });
  const mutations: Arbitrary<readonly Mutation[]> = fc.array(fc.record({ path, value }), {
    minLength: 1,
    maxLength: 4,
  });
  return mutations.map((changes) => changes.reduce<Json>(apply, original));
}

function pathsIn(value: Json, path: Path = []): Path[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [
    path,
    ...inner.flatMap(([key, child]) => pathsIn(child, [...path, Array.isArray(value) ? Number(key) : key])),
  ];
}

/** The changed value; a path that an earlier change took away changes nothing. */
function apply(value: Json, { path, value: replacement }: Mutation): Json {
  const [step, ...rest] = path;
  if (step === undefined) return replacement ?? null;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return value;
  const last = rest.length === 0;
  const changed = Object.entries(value).flatMap(([key, child]): [string, Json][] => {
    if (key !== String(step)) return [[key, child]];
    if (last) return replacement === undefined ? [] : [[key, replacement]];
    return [[key, apply(child, { path: rest, value: replacement })]];
  });
  return Array.isArray(value) ? changed.map(([, child]) => child) : Object.fromEntries(changed);
}

/** Writes JSON, with `1e999` for what a double can't hold. */
export function toBody(value: Json): string {
  const infinity = '\u0000infinity';
  const text = JSON.stringify(value, (_, item: unknown) =>
    item === Infinity || item === -Infinity ? `${infinity}${Math.sign(item)}` : item,
  );
  return text.replaceAll(/"\\u0000infinity(-?)1"/g, '$11e999');
}
