import { readFileSync } from 'node:fs';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource?: { readonly uid?: string };
}

interface FieldOverride {
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid?: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string };
    readonly overrides: readonly FieldOverride[];
  };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

export interface Dashboard {
  /** 1 is one crosshair for all graphs. */
  readonly graphTooltip: number;
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query?: unknown }[] };
}

/** The dashboard that comes with the exporter. */
export function readDashboard(): Dashboard {
  const file = new URL('../../deploy/grafana/dashboards/docker-stats-exporter.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** What is chosen in the dashboard's variables, as regular expressions; what is left out is all. */
export type Choice = Readonly<Partial<Record<'job' | 'instance' | 'project' | 'service' | 'container', string>>>;

/** A query as Grafana would ask it. Jobs and instances stand for all that have an exporter, so they need a choice. */
export function asked(expression: string, choice: Choice): string {
  const values = { job: '.+', instance: '.+', project: '.*', service: '.*', container: '.+', ...choice };
  return expression
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '5m')
    .replaceAll('$top', '20')
    .replaceAll(/\$(job|instance|project|service|container)\b/g, (_, name: keyof typeof values) => values[name]);
}

/** Every query of the panels with that choice. */
export function queriesOf(
  { panels }: Dashboard,
  choice: Choice = {},
): { readonly panel: string; readonly query: string }[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ panel: title, query: asked(expr, choice) })),
  );
}
