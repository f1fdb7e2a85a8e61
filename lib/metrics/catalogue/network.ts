import type { InterfaceFacts } from '../../snapshot/facts.ts';
import { type Entity, containerAttributes, containerLabels, counter, group, ofContainer } from '../metric.ts';

const interfaceEntities: Entity<InterfaceFacts> = {
  labels: [...containerLabels, 'interface'],
  *observe({ snapshot }) {
    for (const container of snapshot.containers) {
      for (const facts of container.resources?.interfaces ?? []) {
        const attributes = { ...containerAttributes(container), interface: facts.name };
        yield {
          facts,
          attributes,
          ...ofContainer(container, { 'network.interface.name': facts.name }, facts.countedSince),
        };
      }
    }
  },
};

export const interfaceMetrics = group(interfaceEntities, [
  {
    name: 'container_network_receive_bytes_total',
    kind: 'counter',
    unit: 'By',
    help: 'Bytes received.',
    otel: counter('container.network.io', { 'network.io.direction': 'receive' }),
    cadvisor: 'container_network_receive_bytes_total',
    read: (facts) => facts.receiveBytes,
  },
  {
    name: 'container_network_receive_packets_total',
    kind: 'counter',
    unit: '{packet}',
    help: 'Packets received.',
    otel: counter('container.network.packet.count', { 'network.io.direction': 'receive' }),
    cadvisor: 'container_network_receive_packets_total',
    read: (facts) => facts.receivePackets,
  },
  {
    name: 'container_network_receive_errors_total',
    kind: 'counter',
    unit: '{error}',
    help: 'Errors while receiving.',
    otel: counter('container.network.errors', { 'network.io.direction': 'receive' }),
    cadvisor: 'container_network_receive_errors_total',
    read: (facts) => facts.receiveErrors,
  },
  {
    name: 'container_network_receive_dropped_total',
    kind: 'counter',
    unit: '{packet}',
    help: 'Packets dropped while receiving.',
    otel: counter('container.network.packet.dropped', { 'network.io.direction': 'receive' }),
    cadvisor: 'container_network_receive_packets_dropped_total',
    read: (facts) => facts.receiveDropped,
  },
  {
    name: 'container_network_transmit_bytes_total',
    kind: 'counter',
    unit: 'By',
    help: 'Bytes sent.',
    otel: counter('container.network.io', { 'network.io.direction': 'transmit' }),
    cadvisor: 'container_network_transmit_bytes_total',
    read: (facts) => facts.transmitBytes,
  },
  {
    name: 'container_network_transmit_packets_total',
    kind: 'counter',
    unit: '{packet}',
    help: 'Packets sent.',
    otel: counter('container.network.packet.count', { 'network.io.direction': 'transmit' }),
    cadvisor: 'container_network_transmit_packets_total',
    read: (facts) => facts.transmitPackets,
  },
  {
    name: 'container_network_transmit_errors_total',
    kind: 'counter',
    unit: '{error}',
    help: 'Errors while sending.',
    otel: counter('container.network.errors', { 'network.io.direction': 'transmit' }),
    cadvisor: 'container_network_transmit_errors_total',
    read: (facts) => facts.transmitErrors,
  },
  {
    name: 'container_network_transmit_dropped_total',
    kind: 'counter',
    unit: '{packet}',
    help: 'Packets dropped while sending.',
    otel: counter('container.network.packet.dropped', { 'network.io.direction': 'transmit' }),
    cadvisor: 'container_network_transmit_packets_dropped_total',
    read: (facts) => facts.transmitDropped,
  },
]);
