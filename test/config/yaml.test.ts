import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parsePattern } from '../../lib/config/patterns.ts';
import { load, problemsOf, withFolder } from './loading.ts';

describe('the YAML file', function () {
  // The biggest and deepest files take a while on a busy machine.
  this.timeout(60_000);

  it('may be empty, hold nothing but comments, or sections and keys without anything in them', () => {
    const { settings } = load({});
    for (const yaml of [
      '',
      '# nothing\n',
      '---\n',
      '~',
      '{}',
      'server:\ncollection:\n  filters:\n  timeout:\n',
      'server: ~\n',
    ]) {
      expect(load({ yaml }).settings, yaml).to.deep.equal(settings);
    }
  });

  it('may begin with a byte order mark', () => {
    expect(load({ yaml: '\u{feff}server: {port: 1}' }).settings.server.port).to.equal(1);
  });

  it('takes scalars as they are written there', () => {
    const { settings } = load({ yaml: "docker: {api_version: 1.40}\nserver: {port: '9300', auth: {username: 0123}}" });
    expect(settings.docker.api_version).to.equal('1.40');
    expect(settings.server.port).to.equal(9300);
    expect(settings.server.auth.username).to.equal('0123');
    for (const port of ['0x10', '1e3', '9200.5', '""', '1_000', 'true']) {
      expect(problemsOf({ yaml: `server: {port: ${port}}` })[0], port).to.contain(
        'must be a whole number from 0 to 65535',
      );
    }
  });

  it('takes the words of YAML 1.1 for switches, bare or quoted, and no others', () => {
    for (const [text, enabled] of [
      ['true', true],
      ['"TRUE"', true],
      ['yes', true],
      ['On', true],
      ["'no'", false],
      ['off', false],
    ] as const) {
      const { settings } = load({ yaml: `metrics: {cache: {enabled: ${text}}}` });
      expect(settings.metrics.cache.enabled, text).to.equal(enabled);
    }
    for (const text of ['maybe', '2', '""', '[true]']) {
      expect(problemsOf({ yaml: `metrics: {cache: {enabled: ${text}}}` })[0], text).to.contain('must be');
    }
  });

  it('needs a unit on durations', () => {
    expect(problemsOf({ yaml: 'collection:\n  timeout: 30\n' })).to.deep.equal([
      'collection.timeout = "30" (config.yaml:2): must have a unit, such as 30s, 1m30s or 500ms',
    ]);
  });

  it('is followed through anchors and aliases', () => {
    const { settings } = load({
      yaml: 'collection: {filters: {include: &rules {names: [&web web]}, exclude: {images: [*web]}}}',
    });
    expect(settings.collection.filters.exclude.images).to.deep.equal([parsePattern('web')]);
    expect(problemsOf({ yaml: 'server: {port: *nothing}' })).to.deep.equal([
      'server.port (config.yaml:1): must be a single value, not an unknown alias',
    ]);
    expect(problemsOf({ yaml: 'server: &s {auth: *s}' })).to.deep.equal([
      'server.auth.auth (config.yaml:1): unknown key; did you mean server.auth?',
    ]);
  });

  const misshapen: readonly [string, string][] = [
    ['server: 9200', 'server (config.yaml:1): must be a map of settings, not a single value'],
    ['server: [9200]', 'server (config.yaml:1): must be a map of settings, not a list'],
    ['server:\n  port: [1]', 'server.port (config.yaml:2): must be a single value, not a list'],
    ['server:\n  port: {a: 1}', 'server.port (config.yaml:2): must be a single value, not a map'],
    [
      'collection: {filters: {include: {names: web}}}',
      'collection.filters.include.names (config.yaml:1): must be a list, such as [a, b], not a single value',
    ],
    [
      'collection:\n filters:\n  include:\n   names:\n   - a\n   - ~',
      'collection.filters.include.names (config.yaml:6): must hold single values, not nothing',
    ],
    [
      'metrics: {global_labels: [a]}',
      'metrics.global_labels (config.yaml:1): must be a map, such as {a: b}, not a list',
    ],
    [
      'metrics:\n global_labels:\n  a: [b]',
      'metrics.global_labels (config.yaml:3): must hold single values, not a list',
    ],
    ['- server', 'the whole file (config.yaml:1): must be a map of settings, not a list'],
    ['server', 'the whole file (config.yaml:1): must be a map of settings, not a single value'],
    ['server:\n  port: 1\n  port: 2', 'server.port (config.yaml:3): duplicate key'],
    ['server:\n  port:\n  port: 2', 'server.port (config.yaml:3): duplicate key'],
    ['server: {port: 1}\nserver: {port: 2}', 'server (config.yaml:2): duplicate key'],
    ['metrics:\n global_labels:\n  a: 1\n  a: 2', 'metrics.global_labels.a (config.yaml:4): duplicate key'],
    ['metrics:\n global_labels: {a}', 'metrics.global_labels (config.yaml:2): must hold single values, not nothing'],
    ['server.port: 1', 'server.port (config.yaml:1): must be written as nested maps'],
    ['? [a]\n: 1', '? (config.yaml:1): unknown key'],
    ['interval: 3', 'interval (config.yaml:1): unknown key; did you mean collection.interval?'],
    ['sever: {port: 1, prot: 2}', 'sever (config.yaml:1): unknown key; did you mean server?'],
    [
      'server: {auth: {pasword: hunter2}}',
      'server.auth.pasword (config.yaml:1): unknown key; did you mean server.auth.password?',
    ],
    ['__proto__: {server: {port: 1}}', '__proto__ (config.yaml:1): unknown key'],
    ['constructor: {prototype: {port: 1}}', 'constructor (config.yaml:1): unknown key'],
    ['server: {toString: 1}', 'server.toString (config.yaml:1): unknown key'],
    ['"a\\nb\\e[31m": 1', 'a\\u000ab\\u001b[31m (config.yaml:1): unknown key'],
  ];
  for (const [yaml, problem] of misshapen) {
    it(`is refused as ${JSON.stringify(yaml)}`, () => expect(problemsOf({ yaml })).to.deep.equal([problem]));
  }

  it('does not change what objects inherit', () => {
    problemsOf({
      yaml: '__proto__: {polluted: 1}\nserver: {__proto__: {polluted: 1}}\nconstructor: {prototype: {polluted: 1}}',
    });
    expect({}).to.not.have.property('polluted');
  });

  const broken: readonly [string, string][] = [
    ['server:\n  port: [1\n', 'config.yaml:3:1: not valid YAML: '],
    ['server: "hunter2', 'config.yaml:1:17: not valid YAML: Missing closing "quote'],
    ['a: b: hunter2', 'config.yaml:1:4: not valid YAML: Nested mappings are not allowed in compact mappings'],
    ['server:\n\tport: 1', 'config.yaml:2:1: not valid YAML: Tabs are not allowed as indentation'],
    ['- a\nhunter2', 'config.yaml:2:1: not valid YAML: Unexpected scalar at node end'],
    ['a: 1\n---\nb: 2', 'config.yaml:2:1: not valid YAML: more than one document'],
    ['a: "\\q hunter2"', 'config.yaml:1:5: not valid YAML: Invalid escape sequence'],
    [`a:\n${'- '.repeat(2_000)}1`, 'not valid YAML: nested too deeply'],
    [']hunter2', 'config.yaml:1:1: not valid YAML: Unexpected flow-seq-end token in YAML document'],
  ];
  for (const [yaml, problem] of broken) {
    it(`is one problem, without quoting it, when it breaks as in ${JSON.stringify(yaml.slice(0, 20))}`, () => {
      const problems = problemsOf({ yaml });
      expect(problems).to.have.length(1);
      expect(problems[0]).to.contain(problem).and.not.contain('hunter2');
    }).timeout(60_000);
  }

  it('does not hide the problems elsewhere when it breaks, nor makes up any', () => {
    expect(problemsOf({ yaml: '{', env: { LOG_FORMAT: 'xml' }, args: ['--server.auth.enabled'] })).to.deep.equal([
      'config.yaml:1:2: not valid YAML: Flow map must end with a }',
      'logging.format = "xml" (environment LOG_FORMAT): must be json or text',
    ]);
  });

  it('is one problem when it is missing, a folder, binary, or huge', () => {
    withFolder((folder) => {
      const missing = join(folder, 'none.yaml');
      expect(problemsOf({ args: ['--config', missing] })).to.deep.equal([`${missing} (flag --config): no such file`]);
      mkdirSync(join(folder, 'sub'));
      expect(problemsOf({ args: ['-c', folder] })).to.deep.equal([`${folder} (flag --config): is a directory`]);
    });
    expect(problemsOf({ args: ['--config', '/dev/zero'] })).to.deep.equal([
      '/dev/zero (flag --config): is not a regular file',
    ]);
    expect(problemsOf({ args: ['--config', 'a\0b'] })[0]).to.match(/^a\\u0000b \(flag --config\): can't be read/);
    expect(problemsOf({ yaml: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0x00]) })).to.deep.equal([
      'config.yaml (flag --config): is not UTF-8 text',
    ]);
    expect(problemsOf({ yaml: '#'.repeat(300_000) })).to.deep.equal([
      'config.yaml (flag --config): is larger than 256 KiB',
    ]);
  });

  it('may hold a thousand lines, and no more than can be parsed in the smallest container', () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => `  host${index}: value`);
    const { settings } = load({ yaml: `metrics:\n global_labels:\n${lines.join('\n')}` });
    expect(settings.metrics.global_labels).to.have.property('size', 1_000);
    for (const piece of ['[', ']', '{}', '- ', '? ', ': ', '&a ', 'a: 1\n', '---\n', 'server: ', '\n']) {
      expect(problemsOf({ yaml: piece.repeat(20_000) }), piece).to.deep.equal([
        'config.yaml: has more than 10000 YAML tokens',
      ]);
    }
  });

  it('may use a hundred aliases', () => {
    const aliases = `a: &a x\nb: [${'*a,'.repeat(101)}]`;
    expect(problemsOf({ yaml: aliases })).to.deep.equal(['config.yaml: has more than 100 YAML aliases']);
  });

  it('does not unfold an anchor bomb', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]`,
    );
    expect(problemsOf({ yaml: `l0: &l0 [x]\n${levels.join('\n')}\nserver: {port: *l9}` }).at(-1)).to.equal(
      'server.port (config.yaml:11): must be a single value, not a list',
    );
  });
});
