import { expect } from 'chai';
import { readCommandLine } from '../../lib/config/command-line.ts';
import { settingsByKey } from '../../lib/config/schema.ts';
import { load, problemsOf } from './loading.ts';

describe('the command line', () => {
  it('asks to run the agent unless it asks for something else', () => {
    expect(readCommandLine([]).command).to.equal('run');
    expect(readCommandLine(['--server.port', '1']).command).to.equal('run');
    expect(readCommandLine(['--check-config', '--config', 'a.yaml'])).to.include({
      command: 'check-config',
      configFile: 'a.yaml',
    });
    expect(readCommandLine(['--version']).command).to.equal('version');
    expect(readCommandLine(['--check-config', '--help']).command).to.equal('help');
    expect(readCommandLine(['-h']).command).to.equal('help');
    expect(readCommandLine(['doctor', '--server.port', '1']).command).to.equal('doctor');
    expect(readCommandLine(['doctor', '--help']).command).to.equal('help');
    expect(readCommandLine(['-v']).command).to.equal('version');
    for (const word of ['help', 'version', 'check-config'])
      expect(readCommandLine([word, '--server.port=1']).command).to.equal(word);
  });

  it('takes a command in the first place only', () => {
    expect(problemsOf({ args: ['doctor', '--server.port=1'] })).to.deep.equal([]);
    expect(problemsOf({ args: ['doctor', 'doctor'] })).to.have.length(1);
    expect(problemsOf({ args: ['--server.port=1', 'doctor'] })).to.have.length(1);
  });

  it('takes a value behind a space or an equals sign, the last one winning', () => {
    expect(load({ args: ['--server.port', '9300'] }).settings.server.port).to.equal(9300);
    expect(load({ args: ['--server.port=9300'] }).settings.server.port).to.equal(9300);
    expect(load({ args: ['--server.port=1', '--server.port=2'] }).settings.server.port).to.equal(2);
    expect(load({ args: ['--server.auth.username=--x=y'] }).settings.server.auth.username).to.equal('--x=y');
  });

  it('takes a switch alone or with an equals sign', () => {
    expect(load({ args: ['--metrics.cache.enabled'] }).settings.metrics.cache.enabled).to.equal(true);
    expect(load({ args: ['--collection.collectors.system=false'] }).settings.collection.collectors.system).to.equal(
      false,
    );
    expect(problemsOf({ args: ['--metrics.cache.enabled', 'false'] })).to.deep.equal([
      'argument 2: not a flag; those are --NAME VALUE or --NAME=VALUE, switches --NAME or --NAME=false; a command goes first',
    ]);
  });

  it('can empty what the file or a variable sets', () => {
    const yaml = 'metrics: {namespace: shop, global_labels: {a: b}}';
    const { settings } = load({ yaml, args: ['--metrics.namespace=', '--metrics.global_labels='] });
    expect(settings.metrics).to.deep.include({ namespace: '', global_labels: new Map() });
  });

  it('has a flag for every setting', () => {
    for (const [key, { format }] of settingsByKey) {
      const samples: Record<string, string> = { duration: '1s', docker_host: 'tcp://a:1', bcrypt_hash: '' };
      const text = typeof format === 'string' ? (samples[format] ?? '') : (format[0] ?? '');
      const { flags } = readCommandLine([`--${key}=${text}`]);
      expect(flags.problems, key).to.deep.equal([]);
      expect(flags.entries.map((entry) => entry.key)).to.deep.equal([key]);
    }
  });

  const wrong: readonly [readonly string[], readonly string[]][] = [
    [['--server.prot', '9300'], ['flag --server.prot: unknown; did you mean --server.port? See --help']],
    [['--port=9300'], ['flag --port: unknown; did you mean --server.port? See --help']],
    [['--chek-config'], ['flag --chek-config: unknown; did you mean --check-config? See --help']],
    [
      ['--server.auth.pasword=hunter2'],
      ['flag --server.auth.pasword: unknown; did you mean --server.auth.password? See --help'],
    ],
    [
      ['--server.auth.pasword', 'hunter2'],
      ['flag --server.auth.pasword: unknown; did you mean --server.auth.password? See --help'],
    ],
    [['doctr'], ['command doctr: unknown; did you mean doctor? See --help']],
    [
      ['demo', '--bogus'],
      ['command demo: unknown; see --help', 'flag --bogus: unknown; see --help'],
    ],
    [['a\nb\u001b[2J'], ['command a\\u000ab\\u001b[2J: unknown; see --help']],
    [['--server.port'], ['flag --server.port: needs a value']],
    [['--config'], ['flag --config: needs a value']],
    [['--config='], ['flag --config: needs a value']],
    [
      ['--server.port', '--server.address', '::1'],
      ['flag --server.port: needs a value; one that starts with - is given as --server.port=VALUE'],
    ],
    [['-x'], ['flag -x: unknown; all but -c, -h and -v begin with --. See --help']],
    [['-server.port', '9300'], ['flag -s: unknown; all but -c, -h and -v begin with --. See --help']],
    [
      ['--__proto__=1', '--constructor', '--toString'],
      [
        'flag --__proto__: unknown; see --help',
        'flag --constructor: unknown; see --help',
        'flag --toString: unknown; see --help',
      ],
    ],
    [['--a\nb\u001b[2J'], ['flag --a\\u000ab\\u001b[2J: unknown; see --help']],
  ];
  for (const [args, problems] of wrong) {
    it(`is refused as ${JSON.stringify(args.join(' '))}`, () => expect(problemsOf({ args })).to.deep.equal(problems));
  }

  it('never repeats a stray word, which may be the rest of a password', () => {
    expect(
      problemsOf({ args: ['--server.auth.password', 'correct', 'hunter2', 'hunter2', '--', 'hunter2'] }),
    ).to.deep.equal([
      'argument 3: not a flag; those are --NAME VALUE or --NAME=VALUE, switches --NAME or --NAME=false; a command goes first',
      'argument 4: not a flag; those are --NAME VALUE or --NAME=VALUE, switches --NAME or --NAME=false; a command goes first',
      'argument 6: not a flag; those are --NAME VALUE or --NAME=VALUE, switches --NAME or --NAME=false; a command goes first',
    ]);
  });
});
