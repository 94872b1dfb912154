/** What of a Deployment is the user's word about its pods: that alone tells one revision from another. */
import { labels } from '../names.js';
import type { Deployment } from '../objects.js';

const ours = labels.service.slice(0, labels.service.indexOf('/') + 1);

/** Without status, scale, selectors and everything that the cluster or this adapter adds to it. */
export function comparable({ spec }: Deployment): object {
  const { replicas: _, selector, template, ...rest } = spec;
  const selected = Object.keys(selector.matchLabels ?? {});
  const { labels: podLabels = {}, annotations = {} } = template.metadata ?? {};
  const isUsers = (name: string) => !name.startsWith(ours) && !selected.includes(name);
  const usersOnly = (entries: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => isUsers(name)));
  const metadata = { labels: usersOnly(podLabels), annotations: usersOnly(annotations) };
  return {
    spec: { ...rest, template: { metadata, spec: withoutSelectors(template.spec, selected) } },
  };
}

/** Constraints that follow the pods name another label for each revision. */
function withoutSelectors(value: unknown, selected: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutSelectors(one, selected));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      if (name !== 'labelSelector') return [[name, withoutSelectors(inner, selected)]];
      const text = JSON.stringify(inner);
      const follows = text.includes(ours) || selected.some((label) => text.includes(`"${label}":`));
      return follows ? [] : [[name, inner]];
    }),
  );
}
