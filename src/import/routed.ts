/** Routers of sluice.yaml as they are written, and where their counters are read. */
import type { Field } from './field.js';
import type { Notebook } from './notes.js';
import type { WrittenRouter } from './project-file.js';

export interface Routed {
  readonly router: WrittenRouter;
  /** Where the source speaks of its router, for notes. */
  readonly at: Field;
}

/** What is undefined takes the router's default. */
export function routed(
  settings: Readonly<Record<string, unknown>> & { readonly kind: string },
  at: Field,
): Routed {
  const known = Object.entries(settings).filter(([, value]) => value !== undefined);
  return { router: { ...Object.fromEntries(known), kind: settings.kind }, at };
}

/**
 * The URL of a Prometheus that the source asks; undefined after a note when it is none.
 * Said twice, the first one counts.
 */
export function prometheusAt(
  field: Field,
  before: string | undefined,
  book: Notebook,
): string | undefined {
  const text = field.text();
  if (text === undefined || text === before) return before;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.username || url?.password) field.fault('a URL without credentials');
  if (before !== undefined) {
    book.unexpressed(
      field,
      'one Prometheus is asked for a router',
      `metrics.prometheus: ${before}`,
    );
  } else if (url === undefined || !/^https?:$/.test(url.protocol)) {
    book.unexpressed(field, 'it is no http(s) URL as it stands', 'metrics.prometheus.url');
  } else {
    const why = 'it is asked for the counters of the router, and for nothing else';
    book.different(field, why, `metrics.prometheus.url: ${text}`);
    return text;
  }
  return before;
}

/** Says what health is counted by, as far as it is a guess. */
export function noteMetrics(
  { router, at }: Routed,
  prometheus: string | undefined,
  book: Notebook,
): void {
  if (prometheus === undefined) {
    const why = 'health is judged by the counters of the router, and no Prometheus is named';
    book.fillIn(at, why, 'metrics.prometheus.url, or router.metrics: the endpoint of the gateway');
  }
  if (router.kind === 'gateway-api') {
    const why = 'gateways name their counters each in its own way; Traefik is taken for granted';
    book.fillIn(at, why, 'router.metrics.counters');
  }
}

/** Of several objects that would divide the traffic the first one; the others are noted. */
export function firstOf(fields: readonly Field[], book: Notebook): Field | undefined {
  const [first, ...others] = fields.filter(({ value }) => value !== undefined);
  for (const other of others) {
    book.unexpressed(other, 'one route leads to a target', 'let all of its traffic pass one');
  }
  return first;
}

/** A setting that may be named, as long as it is the usual one. */
export function usualOnly(field: Field, usual: string, book: Notebook): void {
  if (field.value === undefined || field.text() === usual) return;
  book.unexpressed(field, `${usual} is what is looked for`, 'nothing');
}

/** Whether requests with a header can be sent to the candidate, by what an import says of the router. */
export function canTellTesters({ router }: Routed): boolean {
  return !['replica-share', 'service-selector', 'traefik-service'].includes(router.kind);
}
