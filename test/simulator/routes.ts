/** What can be asked of the engine; `unknown` is everything else. */
export type Endpoint =
  | 'ping'
  | 'version'
  | 'info'
  | 'list'
  | 'inspect'
  | 'stats'
  | 'images'
  | 'volumes'
  | 'networks'
  | 'events'
  | 'disk'
  | 'unknown';

export interface EngineRequest {
  endpoint: Endpoint;
  /** The API version that the client chose in the path. */
  version?: string | undefined;
  /** The container in the path: an id or a name. */
  container?: string | undefined;
  query: URLSearchParams;
}

const FIXED: Readonly<Record<string, Endpoint>> = {
  '/_ping': 'ping',
  '/version': 'version',
  '/info': 'info',
  '/containers/json': 'list',
  '/images/json': 'images',
  '/volumes': 'volumes',
  '/networks': 'networks',
  '/events': 'events',
  '/system/df': 'disk',
};

/** Reads a request: with or without a version prefix, GET only, and HEAD for a ping, as in the engine. */
export function route(method: string, target: string): EngineRequest {
  const [address = '', search = ''] = target.split('?', 2);
  const [prefix = '', version] = /^\/v(\d+\.\d+)(?=\/)/.exec(address) ?? [];
  const path = address.slice(prefix.length);
  const query = new URLSearchParams(search);
  const [, container, action] = /^\/containers\/([^/]+)\/(json|stats)$/.exec(path) ?? [];
  if (container !== undefined && method === 'GET') {
    return { endpoint: action === 'json' ? 'inspect' : 'stats', version, container, query };
  }
  const endpoint = FIXED[path];
  const allowed = method === 'GET' || (method === 'HEAD' && endpoint === 'ping');
  return { endpoint: allowed && endpoint ? endpoint : 'unknown', version, query };
}

/** A switch in a query as the engine reads it. */
export function switchedOn(value: string | null, otherwise: boolean): boolean {
  return value === null ? otherwise : !['', '0', 'no', 'false', 'none'].includes(value.toLowerCase());
}

/** Whether API version `left` is older than `right`, for example 1.9 than 1.41. */
export function isOlder(left: string, right: string): boolean {
  const [leftMajor = 0, leftMinor = 0] = left.split('.').map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split('.').map(Number);
  return leftMajor < rightMajor || (leftMajor === rightMajor && leftMinor < rightMinor);
}
