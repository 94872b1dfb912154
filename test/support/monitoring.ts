/** The alert rules and dashboards that the chart ships, and every question they ask of Prometheus. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const folder = new URL('../../deploy/helm/sluice/monitoring/', import.meta.url);

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: {
    readonly summary: string;
    readonly action: string;
    readonly runbook: string;
  };
}

export interface AlertRules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: { readonly uid: string };
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
  readonly targets: readonly Target[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string | { query: string } }[];
  };
  readonly panels: readonly Panel[];
}

export interface Question {
  readonly where: string;
  readonly expr: string;
}

const rulesText = readFileSync(new URL('alerts.yaml', folder), 'utf8');
export const rules: readonly AlertRule[] = (parse(rulesText) as AlertRules).groups.flatMap(
  (group) => group.rules,
);

export const dashboards: readonly Dashboard[] = readdirSync(new URL('dashboards/', folder)).map(
  (name) => JSON.parse(readFileSync(new URL(`dashboards/${name}`, folder), 'utf8')) as Dashboard,
);

/** What its panels ask. */
export function questionsOf({ title, panels }: Dashboard): readonly Question[] {
  return panels.flatMap((panel) =>
    panel.targets.map(({ expr }) => ({ where: `${title}: ${panel.title}`, expr })),
  );
}

/** What its variables are filled with: `label_values(metric, label)`. */
export function variablesOf({ title, templating }: Dashboard): readonly Question[] {
  return templating.list.flatMap(({ name, query }) =>
    typeof query === 'string' ? [] : [{ where: `${title}: $${name}`, expr: query.query }],
  );
}
