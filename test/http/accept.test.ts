import { expect } from 'chai';
import { acceptsGzip, expositionFormat } from '../../lib/http/accept.ts';

const prometheus2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const prometheus3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

describe('the format of an exposition', () => {
  const formats: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    ['text/plain', 'text'],
    ['text/*', 'text'],
    [prometheus2, 'openmetrics'],
    [prometheus3, 'openmetrics'],
    ['application/openmetrics-text', 'openmetrics'],
    ['Application/OpenMetrics-Text; Version="1.0.0"; charset=utf-8', 'openmetrics'],
    ['application/openmetrics-text;version=0.0.1', 'text'],
    ['application/openmetrics-text;version=2.0.0,text/plain', 'text'],
    ['text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.8', 'text'],
    ['text/plain;version=0.0.4;q=0.8,application/openmetrics-text;version=1.0.0;q=0.9', 'openmetrics'],
    ['application/openmetrics-text;q=0', 'text'],
    ['application/openmetrics-text;q=soon', 'text'],
    ['application/openmetrics-text;q=2', 'text'],
    ['image/png, application/json', 'text'],
    [';;,,=;q', 'text'],
  ];
  for (const [header, format] of formats) {
    it(`is ${format} for ${JSON.stringify(header)}`, () => expect(expositionFormat(header)).to.equal(format));
  }
});

describe('gzip', () => {
  const headers: readonly (readonly [string | undefined, boolean])[] = [
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['GZIP, deflate', true],
    ['deflate, br', false],
    ['gzip;q=0', false],
    ['gzip;q=0.001', true],
    ['*', true],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['identity, gzip;q=0.5', false],
    ['identity;q=0.5, gzip', true],
  ];
  for (const [header, accepted] of headers) {
    it(`is ${accepted ? '' : 'not '}sent for ${JSON.stringify(header)}`, () =>
      expect(acceptsGzip(header)).to.equal(accepted));
  }
});
