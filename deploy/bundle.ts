import { chmodSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, type Metafile, type Plugin, build } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };
import { bundledPackages, licensesOf } from './packages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface BundleOptions {
  /** The folder to write; what it held is removed. */
  readonly folder: string;
  /** What `/version` tells; package.json's version and `unknown` where undefined or empty. */
  readonly version?: string | undefined;
  readonly commit?: string | undefined;
  readonly buildDate?: string | undefined;
}

/**
 * What packages load as they start, and use only for what the agent does not do. dockerode and docker-modem: to build
 * images, to send archives, and for SSH connections of their own, which the agent makes with the system's ssh; together
 * they cost more time and memory than all the rest. undici: for HTTP/2, and to send forms.
 */
const unused: readonly { readonly of: RegExp; readonly paths: ReadonlySet<string> }[] = [
  {
    of: /\/node_modules\/(dockerode|docker-modem)\//,
    paths: new Set(['@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs', 'tar-fs', '@balena/dockerignore', 'ssh2']),
  },
  { of: /\/node_modules\/undici\//, paths: new Set(['./client-h2.js', '../web/fetch/body.js']) },
];

/** Of all that undici exports, what is imported of it. */
const undiciExports = `exports.Client = require('./lib/dispatcher/client.js');
exports.buildConnector = require('./lib/core/connect.js');`;

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[.@a-z]/ }, ({ path, importer }) => {
      const isUnused = unused.some(({ of, paths }) => paths.has(path) && of.test(importer));
      return isUnused ? { path, namespace: 'unused' } : undefined;
    });
    onLoad({ filter: /^/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
    onLoad({ filter: /\/node_modules\/undici\/index\.js$/ }, () => ({ contents: undiciExports }));
  },
};

/**
 * An import of a built-in module reads all that it exports, getters too, and so loads what those stand for: with
 * node:http comes the whole of fetch, a fifth of the time and of the memory that the agent needs to start. Asked for
 * as CommonJS does, a built-in module brings only itself.
 */
const builtinsAsAskedFor: Plugin = {
  name: 'builtins-as-asked-for',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'builtin' }, ({ path }) => ({ contents: `module.exports = require('${path}');` }));
  },
};

/** For libraries that use what only CommonJS has. Warnings of deprecation are for their authors, not for those who run this. */
const banner = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const __dirname = import.meta.dirname;
process.noDeprecation = true;`;

/**
 * Bundles the agent, main.js and the chunks that it loads when it needs them, with the licenses of all that is in it.
 * Returns esbuild's account of what went where, with paths relative to the repository.
 */
export async function bundle({ folder, version, commit, buildDate }: BundleOptions): Promise<Metafile> {
  rmSync(folder, { recursive: true, force: true });
  const options = {
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    // Names stay, for the sake of the stack traces in the log.
    minifySyntax: true,
    minifyWhitespace: true,
    chunkNames: 'chunk-[hash]',
    define: {
      'process.env.BUILD_VERSION': JSON.stringify(version || packageJson.version),
      'process.env.BUILD_COMMIT': JSON.stringify(commit || 'unknown'),
      'process.env.BUILD_DATE': JSON.stringify(buildDate || 'unknown'),
      'process.env.BUILD_NODE_RANGE': JSON.stringify(packageJson.engines.node),
    },
    banner: { js: banner },
    legalComments: 'none',
    plugins: [builtinsAsAskedFor, withoutUnused],
    metafile: true,
    logLevel: 'warning',
  } as const satisfies BuildOptions;
  // By itself, and in the syntax of Node.js 18, so that an old one can say what is needed.
  await build({ ...options, entryPoints: { launcher: 'lib/launcher.ts' }, target: 'node18' });
  const { metafile } = await build({
    ...options,
    // The worker is a file of its own, which bcrypt.ts starts from beside itself.
    entryPoints: { main: 'lib/main.ts', 'bcrypt-worker': 'lib/http/bcrypt-worker.ts' },
    splitting: true,
    target: packageJson.engines.node.replace('>=', 'node'),
  });
  cpSync(join(root, 'lib/http/dashboard'), join(folder, 'dashboard'), { recursive: true });
  writeFileSync(join(folder, 'licenses.txt'), licensesOf(bundledPackages(metafile)));
  chmodSync(join(folder, 'launcher.js'), 0o755);
  return metafile;
}
