import type { Section } from '../setting.ts';

export const collection = {
  interval: {
    doc: 'Collect in the background this often and serve the latest; 0 collects on each scrape',
    format: 'duration',
    default: '0',
    env: 'COLLECTION_INTERVAL',
  },
  timeout: {
    doc: 'Collection timeout; partial results are served',
    format: 'positive_duration',
    default: '30s',
    env: 'COLLECTION_TIMEOUT',
  },
  collectors: {
    container: { doc: 'Collect the container_* metrics', format: 'boolean', default: true },
    system: { doc: 'Collect the docker_* metrics', format: 'boolean', default: true },
  },
  filters: {
    include: {
      labels: {
        doc: 'Labels (key=value or key) to collect; if any include rule exists, one must match',
        format: 'label_filters',
        default: [],
      },
      names: { doc: 'Regular expressions for container names to collect', format: 'patterns', default: [] },
      images: { doc: 'Regular expressions for images to collect', format: 'patterns', default: [] },
    },
    exclude: {
      labels: {
        doc: 'Labels (key=value or key) to leave out; exclude wins over include',
        format: 'label_filters',
        default: [],
      },
      names: { doc: 'Regular expressions for container names to leave out', format: 'patterns', default: [] },
      images: { doc: 'Regular expressions for images to leave out', format: 'patterns', default: [] },
    },
  },
} as const satisfies Section;
