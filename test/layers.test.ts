import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';

const root = new URL('../lib', import.meta.url).pathname;

/** A file imports from its own place and from those before it. */
const order = [
  'build-info.ts',
  'error-message.ts',
  'one-line.ts',
  'logging.ts',
  'unexpected-errors.ts',
  'memory-limit.ts',
  'node-version.ts',
  'memory-budget.ts',
  'config',
  'docker',
  'inventory',
  'snapshot',
  'metrics',
  'telemetry',
  'http',
  'doctor',
  'agent.ts',
  'main.ts',
  'launcher.ts',
];

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** The lib files that a file imports, relative to lib. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const specifiers = [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(
    ([, path = '']) => path,
  );
  return specifiers.map((specifier) => relative(root, join(root, dirname(file), specifier)));
}

function placeOf(file: string): string {
  const [place = ''] = file.split('/');
  return place;
}

describe('lib', () => {
  it('has places for all its files', () => {
    const known = new Set(order);
    expect([...new Set(files.map(placeOf))].filter((place) => !known.has(place))).to.deep.equal([]);
  });

  it('imports only from places to the left', () => {
    const violations = files
      .filter((file) => order.includes(placeOf(file)))
      .flatMap((file) => importsOf(file).map((imported) => ({ file, imported })))
      .filter(({ imported }) => !imported.startsWith('..'))
      .filter(({ file, imported }) => {
        const place = order.indexOf(placeOf(imported));
        return place === -1 || place > order.indexOf(placeOf(file));
      });
    expect(files).to.include('main.ts');
    expect(violations).to.deep.equal([]);
  });
});
