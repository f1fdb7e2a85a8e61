import type { Attributes } from '@opentelemetry/api';
import { type Resource, defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { BuildInfo } from '../build-info.ts';
import type { Engine } from '../docker/engine.ts';
import type { ContainerFacts, Snapshot } from '../snapshot/facts.ts';

export interface ResourceOptions {
  /** An empty string where nobody chose a name. */
  readonly serviceName: string;
  /** Tells this process from others of the same name. */
  readonly instanceId: string;
  readonly build: BuildInfo;
  /** The user's own, put on every resource. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** Who metrics are about: the exporter, or one container. */
export interface Resources {
  exporter(snapshot: Snapshot): Resource;
  container(container: ContainerFacts, snapshot: Snapshot): Resource;
}

export function createResources({ serviceName, instanceId, build, attributes }: ResourceOptions): Resources {
  const own = Object.fromEntries(attributes);
  // The service is the exporter; a container's figures are the container's.
  const shared = Object.fromEntries([...attributes].filter(([name]) => !name.startsWith('service.')));
  return {
    exporter: (snapshot) =>
      defaultResource().merge(
        resourceFromAttributes({
          'service.name': 'docker-stats-exporter',
          'service.version': build.version,
          'service.instance.id': instanceId,
          ...hostName(snapshot),
          ...own,
          ...(serviceName === '' ? {} : { 'service.name': serviceName }),
        }),
      ),
    container: (container, snapshot) =>
      resourceFromAttributes({
        ...hostName(snapshot),
        ...shared,
        ...containerIdentity(container, snapshot.engine),
      }),
  };
}

function hostName({ system }: Snapshot): Attributes {
  return system.hostName === undefined ? {} : { 'host.name': system.hostName };
}

/** What the semantic conventions tell a container by. */
function containerIdentity(container: ContainerFacts, { product }: Engine): Attributes {
  const { name, tags } = splitReference(container.image);
  const { composeProject, composeService } = container;
  return {
    'container.id': container.id,
    'container.name': container.name,
    'container.image.name': name,
    ...(tags.length === 0 ? {} : { 'container.image.tags': tags }),
    ...(product === 'unknown' ? {} : { 'container.runtime.name': product }),
    ...(composeProject === '' ? {} : { 'container.label.com.docker.compose.project': composeProject }),
    ...(composeService === '' ? {} : { 'container.label.com.docker.compose.service': composeService }),
    ...kubernetesIdentity(container.labels),
  };
}

/** What a kubelet's labels say; the pause container of a pod is none of the pod's own containers. */
function kubernetesIdentity(labels: ContainerFacts['labels']): Attributes {
  const isPause = labels['io.kubernetes.docker.type'] === 'podsandbox';
  const attributes = {
    'k8s.namespace.name': labels['io.kubernetes.pod.namespace'],
    'k8s.pod.name': labels['io.kubernetes.pod.name'],
    'k8s.pod.uid': labels['io.kubernetes.pod.uid'],
    'k8s.container.name': isPause ? undefined : labels['io.kubernetes.container.name'],
  };
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/**
 * An image reference without tag and digest, and its tag. Docker takes `latest` where a reference has neither;
 * a bare image id has no tag at all.
 */
export function splitReference(reference: string): { readonly name: string; readonly tags: string[] } {
  if (reference === '' || /^sha256:[0-9a-f]+$/.test(reference)) return { name: reference, tags: [] };
  const [, name = reference, tag, digest] = /^(.+?)(?::([\w][\w.-]{0,127}))?(?:@(.+))?$/s.exec(reference) ?? [];
  if (tag !== undefined) return { name, tags: [tag] };
  return { name, tags: digest === undefined ? ['latest'] : [] };
}
