import { expect } from 'chai';
import { clientNetwork } from '../../lib/http/client-network.ts';

describe('clientNetwork', () => {
  const networks: readonly (readonly [address: string | undefined, network: string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['1::2:3:4:5:6:7', '1:0:2:3'],
    ['::2:3:4:5:6:7:8', '0:2:3:4'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    [undefined, '0:0:0:0'],
  ];
  for (const [address, network] of networks) {
    it(`counts ${address ?? 'a connection that is gone'} as ${network}`, () => {
      expect(clientNetwork(address)).to.equal(network);
    });
  }
});
