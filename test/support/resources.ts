import { type ResourceOptions, type Resources, createResources } from '../../lib/telemetry/resources.ts';
import { testBuild } from './pipeline.ts';

/** The resources of an exporter at its defaults. */
export function testResources(options: Partial<ResourceOptions> = {}): Resources {
  return createResources({
    serviceName: '',
    port: 9_200,
    build: testBuild,
    attributes: new Map(),
    identity: 'service',
    selectedLabels: undefined,
    ...options,
  });
}
