/**
 * What one client is counted by: its IPv4 address, also where that is written as an IPv6 one (`::ffff:192.0.2.1`), or
 * the /64 network of its IPv6 address, any of whose addresses a client can take.
 */
export function clientNetwork(address = ''): string {
  const [, ipv4] = /^(?:::ffff:)?(\d+(?:\.\d+){3})$/i.exec(address) ?? [];
  if (ipv4 !== undefined) return ipv4;
  const [head, tail = []] = address.split('::').map((side) => (side === '' ? [] : side.split(':')));
  const groups = head ?? [];
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - tail.length) }, () => '0');
  return [...groups, ...zeros, ...tail].slice(0, 4).join(':');
}
