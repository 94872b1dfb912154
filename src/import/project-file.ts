/** Writes what was converted as a sluice.yaml for people: short maps on one line, guesses marked. */
import { Document, isScalar, visit } from 'yaml';
import { formatDuration } from '../domain/time.js';

/** Milliseconds as sluice.yaml writes them. */
export const written = formatDuration;

/** A router of the project schema, in its written form. */
export type WrittenRouter = Readonly<Record<string, unknown>> & { readonly kind: string };

export interface Converted {
  readonly title: string;
  readonly file: string;
  readonly service: string;
  readonly environment: string;
  readonly namespace: string;
  readonly deployment: string;
  readonly instances: number | undefined;
  readonly healthPath: string | undefined;
  readonly antiAffinity: string | undefined;
  readonly router: WrittenRouter;
  /** URL of the Prometheus that has the router's counters; undefined leaves it to be filled in. */
  readonly prometheus: string | undefined;
  readonly strategy: Readonly<Record<string, unknown>>;
  readonly health: Readonly<Record<string, unknown>>;
  readonly webhooks: Readonly<Record<string, unknown>> | undefined;
}

const platform = 'cluster';

export function writeProject(converted: Converted): string {
  const { service, environment, namespace, deployment, instances } = converted;
  const { healthPath, antiAffinity } = converted;
  const { health, webhooks, prometheus } = converted;
  const router = { ...converted.router, metrics: { prometheus: 'prometheus' } };
  const content = {
    apiVersion: 'sluice/v1',
    project: service,
    platforms: { [platform]: { kind: 'kubernetes', namespace, router } },
    metrics: { prometheus: { kind: 'prometheus', url: prometheus ?? 'http://prometheus.invalid' } },
    services: {
      [service]: {
        workload: {
          deployment,
          ...(instances === undefined ? {} : { instances }),
          ...(healthPath === undefined ? {} : { healthPath }),
          ...(antiAffinity === undefined ? {} : { antiAffinity }),
        },
      },
    },
    environments: {
      [environment]: {
        platform,
        strategy: converted.strategy,
        ...(Object.keys(health).length === 0 ? {} : { health }),
      },
    },
    ...(webhooks === undefined ? {} : { webhooks }),
  };
  const document = new Document(content, { aliasDuplicateObjects: false });
  document.commentBefore = ` From ${converted.title} (${converted.file}), by sluice import.\n Its notes name what is not as it was; then: sluice validate, sluice plan`;
  const url = document.getIn(['metrics', 'prometheus', 'url'], true);
  if (prometheus === undefined && isScalar(url)) url.comment = ' fill in';
  visit(document, {
    Map(key, map, path) {
      const short = map.items.every(({ value }) => isScalar(value) && !value.comment);
      const inList = path.length > 8 && key === 'value';
      if (short && inList) map.flow = true;
    },
    Seq(_, seq) {
      if (seq.items.every((item) => isScalar(item))) seq.flow = true;
    },
  });
  return document.toString({ lineWidth: 120, flowCollectionPadding: true });
}
