/** How many more pods the nodes could take now; a word for people, because nodes may be added while pods wait. */
import { Failure } from '../../../domain/failures.js';
import type { Inspection } from '../inspection.js';
import type { KubernetesObject, ObjectKind, Pod, PodSpec } from '../objects.js';
import { missingRight } from './refusals.js';
import { type Nanos, parseQuantity, podAmounts } from './resources.js';

interface Taint {
  readonly key: string;
  readonly effect: string;
}

interface Node extends KubernetesObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly Taint[] };
  readonly status?: { readonly allocatable?: Readonly<Record<string, string>> };
}

interface Placed {
  readonly nodeName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly { readonly key?: string; readonly operator?: string }[];
}

const nodeKind: ObjectKind<Node> = { apiVersion: 'v1', kind: 'Node', plural: 'nodes' };
const podKind: ObjectKind<Pod> = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' };
const running = 'status.phase!=Succeeded,status.phase!=Failed';

/** @returns a note; empty when there is room for all of them @throws Unavailable */
export async function checkNodes(
  cluster: Inspection,
  spec: PodSpec,
  pods: number,
): Promise<readonly string[]> {
  try {
    const nodes = await cluster.listBy(nodeKind, '', 'cluster');
    const there = await cluster.listBy(podKind, running, 'cluster');
    const fitting = nodes.filter((node) => isOpen(node, spec));
    const room = fitting.reduce((sum, node) => sum + roomOn(node, there, spec), 0);
    if (room >= pods) return [];
    return [
      `the nodes have room for ${room} of ${pods} pods now; the others wait until there is more, at most for the progress deadline`,
    ];
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'Forbidden')) throw error;
    return [`room on the nodes was not checked: ${missingRight(error.message)} of the cluster`];
  }
}

/** Affinities and spread constraints are left to the scheduler. */
function isOpen({ metadata, spec }: Node, pod: PodSpec): boolean {
  const { nodeSelector = {}, tolerations = [] } = pod as unknown as Placed;
  if (spec?.unschedulable === true) return false;
  const isBarred = (spec?.taints ?? []).some(
    ({ key, effect }) =>
      effect !== 'PreferNoSchedule' &&
      !tolerations.some((one) => one.key === key || (!one.key && one.operator === 'Exists')),
  );
  const isSelected = Object.entries(nodeSelector).every(
    ([key, value]) => metadata.labels?.[key] === value,
  );
  return isSelected && !isBarred;
}

function roomOn({ metadata, status }: Node, pods: readonly Pod[], spec: PodSpec): number {
  const mine = pods.filter((pod) => (pod.spec as unknown as Placed).nodeName === metadata.name);
  const allocatable = status?.allocatable ?? {};
  const one = new Map<string, Nanos>([...podAmounts(spec, 'requests'), ['pods', parseQuantity(1)]]);
  let room = Number.MAX_SAFE_INTEGER;
  for (const [resource, asked] of one) {
    if (asked === 0n) continue;
    const all = parseQuantity(allocatable[resource] ?? 0);
    const taken = mine.reduce((sum, pod) => {
      const used =
        resource === 'pods' ? parseQuantity(1) : podAmounts(pod.spec, 'requests').get(resource);
      return sum + (used ?? 0n);
    }, 0n);
    room = Math.min(room, all > taken ? Number((all - taken) / asked) : 0);
  }
  return room;
}
