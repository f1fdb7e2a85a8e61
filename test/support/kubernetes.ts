import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse, parseAllDocuments } from 'yaml';
import { run } from './process.ts';

/** Something to send to a Kubernetes API server. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

/** Tells what a Kubernetes API server would find wrong with an object; nothing when it would take it. */
export type KubernetesValidator = (object: KubernetesObject) => readonly string[];

/** Go modules that carry the schemas which the API servers themselves use. */
const kubernetes = 'k8s.io/kubernetes@v1.34.1';
const prometheusOperator = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';

/** The version that the schemas are of. */
export const kubernetesVersion = '1.34.1';

/** The objects of a YAML stream; empty documents are left out. Throws at a key that is there twice. */
export function readObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

/** Fetches the schemas through the Go module proxy, or from the module cache. Needs the go command. */
export async function createKubernetesValidator(): Promise<KubernetesValidator> {
  const [api, crds] = await Promise.all([moduleFolder(kubernetes), moduleFolder(prometheusOperator)]);
  // The schemas are OpenAPI's, and their formats and x- keywords no part of JSON Schema.
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true, code: { regExp: goPattern } });
  const compiled = new Map<string, ValidateFunction>();
  const validatorOf = ({ apiVersion, kind }: KubernetesObject): ValidateFunction => {
    const key = `${apiVersion} ${kind}`;
    const known = compiled.get(key);
    if (known !== undefined) return known;
    const schema = apiVersion.startsWith('monitoring.coreos.com/')
      ? customSchema(crds, kind)
      : builtInSchema(api, apiVersion, kind);
    const validate = ajv.compile(closed(schema) as object);
    compiled.set(key, validate);
    return validate;
  };
  return (object) => {
    const validate = validatorOf(object);
    if (validate(object)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

/** Go writes a pattern's flag into it. */
const goPattern = Object.assign(
  (pattern: string) => new RegExp(pattern.replace('(?i)', ''), pattern.includes('(?i)') ? 'i' : ''),
  { code: 'never used: nothing is generated' },
);

async function moduleFolder(module: string): Promise<string> {
  const answer = await run('go', ['mod', 'download', '-json', module], { cwd: tmpdir() });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}

/** `apps/v1` is described in apis__apps__v1_openapi.json, `v1` in api__v1_openapi.json. */
function builtInSchema(folder: string, apiVersion: string, kind: string): object {
  const [version = '', group] = apiVersion.split('/').toReversed();
  const name = group === undefined ? `api__${version}` : `apis__${group}__${version}`;
  const file = join(folder, 'api/openapi-spec/v3', `${name}_openapi.json`);
  const { components } = JSON.parse(readFileSync(file, 'utf8')) as { components: { schemas: Record<string, object> } };
  const definition = Object.keys(components.schemas).find((id) => id.endsWith(`.${version}.${kind}`));
  if (definition === undefined) throw new Error(`no ${kind} in ${apiVersion}`);
  return { $ref: `#/components/schemas/${definition}`, components };
}

interface CustomResourceDefinition {
  readonly spec: { readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: object } }] };
}

function customSchema(folder: string, kind: string): object {
  const file = `example/prometheus-operator-crd/monitoring.coreos.com_${kind.toLowerCase()}s.yaml`;
  const definition = parse(readFileSync(join(folder, file), 'utf8')) as CustomResourceDefinition;
  return definition.spec.versions[0].schema.openAPIV3Schema;
}

/** The schema with every object closed: an API server only warns of a field that it does not know, and drops it. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isOpen = 'additionalProperties' in copy || copy['x-kubernetes-preserve-unknown-fields'] === true;
  // The metadata of a custom resource is described elsewhere, by an object without properties.
  return copy['type'] === 'object' && typeof copy['properties'] === 'object' && !isOpen
    ? { ...copy, additionalProperties: false }
    : copy;
}
