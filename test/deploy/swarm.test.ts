import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { load } from '../config/loading.ts';
import { promtool } from '../support/prometheus.ts';
import { needsTools } from '../support/tools.ts';

const folder = new URL('../../deploy/swarm/', import.meta.url).pathname;

interface Service {
  readonly volumes?: readonly string[];
  readonly deploy: { readonly mode?: string };
  readonly [setting: string]: unknown;
}

const { services } = parse(readFileSync(`${folder}stack.yml`, 'utf8')) as { services: Record<string, Service> };

describe('the Swarm stack', () => {
  it('runs the exporter on every node, and everything without rights to spare', () => {
    expect(services['exporter']?.deploy.mode).to.equal('global');
    for (const [name, service] of Object.entries(services)) {
      expect(service, name).to.deep.include({ read_only: true, cap_drop: ['ALL'] });
      expect(service, name).to.have.nested.property('logging.options.max-size');
      for (const volume of service.volumes ?? []) if (volume.includes('/var/run')) expect(volume).to.match(/:ro$/);
    }
  });

  it('publishes nothing: Swarm does so on every address, and Prometheus has no password', () => {
    for (const [name, service] of Object.entries(services)) expect(service, name).to.not.have.property('ports');
  });

  it('has settings that the exporter understands, with a password from a secret', () => {
    const { settings } = load({
      yaml: readFileSync(`${folder}exporter.yml`, 'utf8').replace(/\/run\/secrets\/.*/, '/etc/hostname'),
    });
    expect(settings.server.auth.enabled).to.equal(true);
  });

  describe('its Prometheus', () => {
    needsTools('promtool');
    it('has a configuration that Prometheus understands', async () => {
      expect(await promtool(['check', 'config', '--syntax-only', `${folder}prometheus.yml`])).to.contain('SUCCESS');
    });
  });
});
