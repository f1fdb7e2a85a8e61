import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { messageOf } from '../error-message.ts';
import { readTextFile } from './files.ts';
import { formats } from './formats.ts';
import { nearest, suggestion } from './nearest.ts';
import { oneLine } from './problems.ts';

/** What a file of Prometheus' exporter-toolkit asks for. */
export interface WebConfig {
  /** Undefined for plain HTTP. */
  readonly tls: WebTls | undefined;
  /** bcrypt hashes by user name. */
  readonly users: ReadonlyMap<string, string>;
  /** Headers for every answer. */
  readonly headers: ReadonlyMap<string, string>;
  /** One line each; where there are some, the rest means nothing. */
  readonly problems: readonly string[];
}

/** In the names of server.tls. */
export interface WebTls {
  readonly cert_file: string;
  readonly key_file: string;
  /** An empty string where clients need no certificate. */
  readonly client_ca_file: string;
  readonly min_version: 'TLSv1.2' | 'TLSv1.3';
}

/** Throws an Error that says what is allowed. */
type Rule = (text: string) => void;

/** What the keys of a map may hold: each key that is supported, or whatever keys there are. */
type Rules = Readonly<Record<string, Rule>> | Rule;

const anything: Rule = () => {};

function oneOf(...allowed: readonly string[]): Rule {
  return (text) => {
    if (!allowed.includes(text.toLowerCase())) throw new Error(`must be ${allowed.join(' or ')}`);
  };
}

/** Whatever else the toolkit knows is refused: ignored, it would be a promise that is not kept. */
const tlsRules: Rules = {
  cert_file: anything,
  key_file: anything,
  client_ca_file: anything,
  client_auth_type: oneOf('noclientcert', 'requireandverifyclientcert'),
  min_version: oneOf('tls12', 'tls13'),
};
const httpRules: Rules = { http2: oneOf('false'), headers: anything };
const headerRules: Rules = {
  'Content-Security-Policy': anything,
  'Strict-Transport-Security': anything,
  'X-Content-Type-Options': oneOf('nosniff'),
  'X-Frame-Options': oneOf('deny', 'sameorigin'),
  'X-XSS-Protection': anything,
};
const passwordRule: Rule = (text) => {
  if (text === '') throw new Error('must not be empty');
  formats.bcrypt_hash.validate?.(text);
};
const fileRules: Rules = { tls_server_config: anything, http_server_config: anything, basic_auth_users: anything };

/** Reads such a file; the names in it are relative to its own folder. Never throws, and prints no hash. */
export function readWebConfig(path: string): WebConfig {
  const problems: string[] = [];
  const complain = (where: string, reason: string): void => {
    problems.push(oneLine(`${path}: ${where}: ${reason}`));
  };

  /** The allowed entries of a map. */
  const read = (node: unknown, name: string, rules: Rules): ReadonlyMap<string, unknown> => {
    const allowed = new Map<string, unknown>();
    if (node === null || node === undefined) return allowed;
    if (typeof node !== 'object' || Array.isArray(node)) {
      complain(name === '' ? 'the file' : name, 'must be a map');
      return allowed;
    }
    for (const [key, value] of Object.entries(node)) {
      const where = name === '' ? key : `${name}.${key}`;
      const rule = typeof rules === 'function' ? rules : Object.hasOwn(rules, key) && rules[key];
      if (rule) {
        const fault = faultOf(value, rule);
        if (fault === undefined) allowed.set(key, value);
        else complain(where, fault);
      } else {
        const known = Object.keys(rules);
        complain(where, `not supported${suggestion(nearest(key, known))}; supported are ${known.join(', ')}`);
      }
    }
    return allowed;
  };

  const file = read(contentOf(path, complain), '', fileRules);
  const tls = read(file.get('tls_server_config'), 'tls_server_config', tlsRules);
  const http = read(file.get('http_server_config'), 'http_server_config', httpRules);
  const headers = read(http.get('headers'), 'http_server_config.headers', headerRules);
  const users = read(file.get('basic_auth_users'), 'basic_auth_users', passwordRule);
  return {
    tls: file.has('tls_server_config') && problems.length === 0 ? tlsOf(path, texts(tls), complain) : undefined,
    users: texts(users),
    headers: texts(headers),
    problems,
  };
}

type Complain = (where: string, reason: string) => void;

function contentOf(path: string, complain: Complain): unknown {
  try {
    const document = parseDocument(readTextFile(path), { prettyErrors: false });
    // Not the parser's words: they may quote a hash.
    if (document.errors.length === 0) return document.toJS({ maxAliasCount: 100 });
    complain('the file', 'is not valid YAML, or has a key twice');
  } catch (error) {
    complain('the file', messageOf(error));
  }
  return undefined;
}

function faultOf(value: unknown, rule: Rule): string | undefined {
  if (rule === anything) return undefined;
  try {
    rule(textOf(value));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function texts(values: ReadonlyMap<string, unknown>): ReadonlyMap<string, string> {
  return new Map([...values].map(([key, value]) => [key, textOf(value)]));
}

function tlsOf(path: string, values: ReadonlyMap<string, string>, complain: Complain): WebTls {
  const besides = (key: string): string => {
    const file = values.get(key) ?? '';
    return file === '' ? '' : resolve(dirname(path), file);
  };
  const verifies = values.get('client_auth_type')?.toLowerCase() === 'requireandverifyclientcert';
  if (verifies !== (besides('client_ca_file') !== '')) {
    complain(
      'tls_server_config',
      'client_ca_file and client_auth_type: RequireAndVerifyClientCert must be set together',
    );
  }
  return {
    cert_file: besides('cert_file'),
    key_file: besides('key_file'),
    client_ca_file: besides('client_ca_file'),
    min_version: values.get('min_version')?.toLowerCase() === 'tls13' ? 'TLSv1.3' : 'TLSv1.2',
  };
}
