import { hexadecimal } from './container.ts';
import type { SimulatedContainer } from './container.ts';

const imageIds = new Map<string, string>();
const networkIds = new Map<string, string>();

/** The id that the simulated engine has for an image reference. */
export function imageId(reference: string): string {
  return remembered(imageIds, reference, (text) => `sha256:${hexadecimal(`image ${text}`)}`);
}

/** The id that the simulated engine has for a network. */
export function networkId(name: string): string {
  return remembered(networkIds, name, (text) => hexadecimal(`network ${text}`));
}

/** `NetworkSettings.Networks` of a container: one entry a network, also for `host` and `none`. */
export function attachments(container: SimulatedContainer): Record<string, object> {
  const names = container.networks.length > 0 ? container.networks : [container.networkMode];
  const connected = container.status === 'running' || container.status === 'paused';
  return Object.fromEntries(names.map((name) => [name, attachment(container, name, connected)]));
}

function attachment(container: SimulatedContainer, network: string, connected: boolean) {
  const addressed = connected && container.networks.length > 0;
  const [high, low] = [(container.processId >> 8) & 255, container.processId & 255];
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    NetworkID: networkId(network),
    EndpointID: connected ? container.id.slice(32) + container.id.slice(0, 32) : '',
    Gateway: addressed ? '172.18.0.1' : '',
    IPAddress: addressed ? `172.18.${high}.${low}` : '',
    IPPrefixLen: addressed ? 16 : 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: addressed ? `02:42:ac:12:${hexadecimalByte(high)}:${hexadecimalByte(low)}` : '',
    DriverOpts: null,
  };
}

function hexadecimalByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function remembered(cache: Map<string, string>, key: string, make: (key: string) => string): string {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make(key);
  cache.set(key, made);
  return made;
}
