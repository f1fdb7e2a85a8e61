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
  readonly datasource?: { readonly uid?: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string };
    readonly overrides: readonly FieldOverride[];
  };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

export interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query?: unknown }[] };
}

/** The dashboard that comes with the exporter. */
export function readDashboard(): Dashboard {
  const file = new URL('../../deploy/grafana/dashboards/docker-stats-exporter.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Every query of the panels, as Grafana would ask it with all containers selected. */
export function queriesOf({ panels }: Dashboard): { readonly panel: string; readonly query: string }[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      panel: title,
      query: expr
        .replaceAll('$__rate_interval', '1m')
        .replaceAll('$project', '.*')
        .replaceAll('$container', '.*')
        .replaceAll('$top', '20'),
    })),
  );
}
