import { hostname } from 'node:os';
import type { Attributes } from '@opentelemetry/api';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { BuildInfo } from '../build-info.ts';
import type { LabelSelection } from '../metrics/container-labels.ts';
import type { ContainerFacts, Snapshot } from '../snapshot/facts.ts';
import { stableInstanceId } from './instance-id.ts';

export interface ResourceOptions {
  /** An empty string for the default. */
  readonly serviceName: string;
  /** Distinguishes this exporter from others of the same engine: its port. */
  readonly port: number;
  readonly build: BuildInfo;
  /** The user's own, put on every resource. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Whether each container is a service too, or only a container. */
  readonly identity: 'service' | 'container';
  /** The container labels that are pushed, beside those of Compose; undefined for no others. */
  readonly selectedLabels: LabelSelection | undefined;
}

/** What identifies that which metrics are about: the exporter, or one container. */
export interface Resources {
  readonly exporter: (snapshot: Snapshot) => Attributes;
  readonly container: (container: ContainerFacts, snapshot: Snapshot) => Attributes;
}

export function createResources(options: ResourceOptions): Resources {
  const { serviceName, port, build, attributes, identity, selectedLabels } = options;
  const own = Object.fromEntries(attributes);
  // The user's service.* is the exporter's.
  const shared = Object.fromEntries([...attributes].filter(([name]) => !name.startsWith('service.')));
  /** Docker's own id, which outlives the exporter and its container; Podman tells a new one each time. */
  let engineId = hostname();
  return {
    exporter: (snapshot) => {
      if (snapshot.engine.product === 'docker') engineId = snapshot.system.engineInfo?.id ?? engineId;
      return defaultResource().merge(
        resourceFromAttributes(
          withoutUndefined({
            'service.name': 'docker-stats-exporter',
            'service.version': build.version,
            'service.instance.id': stableInstanceId(`${engineId} ${port}`),
            'host.name': snapshot.system.hostName,
            ...own,
            ...(serviceName === '' ? {} : { 'service.name': serviceName }),
          }),
        ),
      ).attributes;
    },
    container: (container, snapshot) =>
      withoutUndefined({
        'host.name': snapshot.system.hostName,
        ...shared,
        ...(identity === 'service' ? serviceIdentity(container) : {}),
        ...containerIdentity(container, snapshot),
        ...labelAttributes(container, selectedLabels),
        ...kubernetesIdentity(container.labels),
      }),
  };
}

/** The SDK would warn of an attribute without a value. */
function withoutUndefined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/**
 * Receivers take series of the same service for the same series: Prometheus makes `job` and `instance` of these, and
 * without them keeps one container of each push.
 */
function serviceIdentity({ id, name, composeService, composeProject, labels }: ContainerFacts): Attributes {
  const service = composeService || labels['com.docker.swarm.service.name'] || name;
  const namespace = composeProject || labels['com.docker.stack.namespace'];
  return {
    'service.name': service,
    ...(namespace ? { 'service.namespace': namespace } : {}),
    'service.instance.id': id,
  };
}

/** What the semantic conventions define for a container and its image. */
function containerIdentity(container: ContainerFacts, { engine: { product }, system }: Snapshot): Attributes {
  const { name, tags, digest } = splitReference(container.image);
  return {
    'container.id': container.id,
    'container.name': container.name,
    'container.image.name': name,
    'container.image.id': container.imageId,
    'container.image.tags': tags.length === 0 ? undefined : tags,
    'container.image.repo_digests': digest === undefined ? undefined : [`${name}@${digest}`],
    'container.runtime.name': product === 'unknown' ? undefined : product,
    'container.runtime.version': system.engineInfo?.version,
  };
}

/** Labels of the container that are shown, as `container.label.KEY`. */
function labelAttributes(
  { composeProject, composeService, labels }: ContainerFacts,
  selectedLabels: LabelSelection = () => [],
): Attributes {
  return {
    ...Object.fromEntries(selectedLabels(labels).map(([key, value]) => [`container.label.${key}`, value])),
    'container.label.com.docker.compose.project': composeProject || undefined,
    'container.label.com.docker.compose.service': composeService || undefined,
  };
}

/** What a kubelet's labels say; the pause container of a pod is none of the pod's own containers. */
function kubernetesIdentity(labels: ContainerFacts['labels']): Attributes {
  const isPause = labels['io.kubernetes.docker.type'] === 'podsandbox';
  return {
    'k8s.namespace.name': labels['io.kubernetes.pod.namespace'],
    'k8s.pod.name': labels['io.kubernetes.pod.name'],
    'k8s.pod.uid': labels['io.kubernetes.pod.uid'],
    'k8s.container.name': isPause ? undefined : labels['io.kubernetes.container.name'],
  };
}

/**
 * An image reference without tag and digest, its tag, and its digest. Docker takes `latest` where a reference has
 * neither; a bare image id has no tag at all.
 */
export function splitReference(reference: string): {
  readonly name: string;
  readonly tags: string[];
  readonly digest: string | undefined;
} {
  if (reference === '' || /^sha256:[0-9a-f]+$/.test(reference)) return { name: reference, tags: [], digest: undefined };
  const [, name = reference, tag, digest] = /^(.+?)(?::([\w][\w.-]{0,127}))?(?:@(.+))?$/s.exec(reference) ?? [];
  if (tag !== undefined) return { name, tags: [tag], digest };
  return { name, tags: digest === undefined ? ['latest'] : [], digest };
}
