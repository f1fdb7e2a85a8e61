import type { FormatName, FormatValue } from './formats.ts';

/** One setting, as convict wants it. Its flag is its key: `--server.port`. */
export interface Setting {
  /** One line, without a full stop: it is in --help, config/README.md and the example file. */
  readonly doc: string;
  /** A name from the table of formats, or the words to choose from. */
  readonly format: FormatName | readonly string[];
  /** As it would be written; lists and maps as they are. Where it is undefined, so is the setting until somebody sets it. */
  readonly default: string | number | boolean | undefined | readonly never[] | ReadonlyMap<string, string>;
  /** The variable; of several, the first that is set counts. */
  readonly env?: string | readonly string[];
  /** Never printed. */
  readonly sensitive?: true;
  /** Accepted from older files and ignored, with a warning. */
  readonly obsolete?: true;
}

export interface Section {
  readonly [name: string]: Setting | Section;
}

/** The settings of a section as they are after loading, under the same keys. */
export type ValuesOf<Node> = {
  readonly [Name in keyof Node]: Node[Name] extends Setting ? ValueOf<Node[Name]> : ValuesOf<Node[Name]>;
};

type ValueOf<Leaf extends Setting> =
  FormattedValue<Leaf['format']> | (undefined extends Leaf['default'] ? undefined : never);

type FormattedValue<Format extends Setting['format']> = Format extends FormatName
  ? FormatValue<Format>
  : Format extends readonly (infer Choice)[]
    ? Choice
    : never;

export function isSetting(node: Setting | Section): node is Setting {
  return 'default' in node;
}

/** The variables that may set it, in falling precedence. */
export function variablesOf({ env = [] }: Setting): readonly string[] {
  return typeof env === 'string' ? [env] : env;
}

/** The default as it would be written; empty where nothing is set. */
export function defaultText({ default: value }: Setting): string {
  return typeof value === 'object' || value === undefined ? '' : String(value);
}
