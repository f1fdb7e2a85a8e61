import { type EngineEndpoint, type EndpointTotals, engineEndpoints } from '../../docker/call-totals.ts';
import type { Snapshot } from '../../snapshot/facts.ts';
import { type Entity, counter, exporterGroup } from '../metric.ts';
import { processStartedAt } from '../self.ts';

function totalsOf({ engineCalls }: Snapshot, endpoint: EngineEndpoint): EndpointTotals {
  return engineCalls[endpoint];
}

const outcomeEntities: Entity<number> = {
  labels: ['endpoint', 'outcome'],
  *observe({ snapshot }) {
    for (const endpoint of engineEndpoints) {
      for (const outcome of ['ok', 'error'] as const) {
        const otelAttributes = { 'exporter.endpoint': endpoint, 'exporter.outcome': outcome };
        const facts = totalsOf(snapshot, endpoint)[outcome];
        yield { facts, attributes: { endpoint, outcome }, otelAttributes, startedAt: processStartedAt };
      }
    }
  },
};

export const engineRequestMetrics = exporterGroup(outcomeEntities, [
  {
    name: 'exporter_engine_requests_total',
    kind: 'counter',
    unit: '{request}',
    help: 'Docker Engine API requests since the exporter started.',
    otel: counter('exporter.engine.requests'),
    read: (requests) => requests,
  },
]);

const endpointEntities: Entity<EndpointTotals> = {
  labels: ['endpoint'],
  *observe({ snapshot }) {
    for (const endpoint of engineEndpoints) {
      const otelAttributes = { 'exporter.endpoint': endpoint };
      yield {
        facts: totalsOf(snapshot, endpoint),
        attributes: { endpoint },
        otelAttributes,
        startedAt: processStartedAt,
      };
    }
  },
};

export const engineRequestTimeMetrics = exporterGroup(endpointEntities, [
  {
    name: 'exporter_engine_request_seconds_total',
    kind: 'counter',
    unit: 's',
    help: 'Time that Docker Engine API requests took since the exporter started.',
    otel: counter('exporter.engine.request.time'),
    read: ({ seconds }) => seconds,
  },
]);
