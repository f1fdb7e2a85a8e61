import packageJson from '../package.json' with { type: 'json' };

/** What was built, when and from what; the container image's build arguments set it. */
export interface BuildInfo {
  readonly version: string;
  readonly commit: string;
  readonly buildDate: string;
  readonly nodeVersion: string;
}

/** The bundler puts the build arguments in the place of these variables; a checkout has none. */
export const buildInfo: BuildInfo = {
  version: process.env.BUILD_VERSION ?? packageJson.version,
  commit: process.env.BUILD_COMMIT ?? 'unknown',
  buildDate: process.env.BUILD_DATE ?? 'unknown',
  nodeVersion: process.version,
};
