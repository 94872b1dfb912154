/** Whether the quotas of the namespace have room for so many pods more. */
import type { PreviewProblem } from '../../../domain/rollout/preview.js';
import type { KubernetesObject, ObjectKind, PodSpec } from '../objects.js';
import { formatQuantity, type Nanos, parseQuantity, podAmounts } from './resources.js';

type Amounts = Readonly<Record<string, string>>;

export interface ResourceQuota extends KubernetesObject {
  readonly spec?: {
    readonly hard?: Amounts;
    readonly scopes?: readonly string[];
    readonly scopeSelector?: object;
  };
  readonly status?: { readonly hard?: Amounts; readonly used?: Amounts };
}

export const quotaKind: ObjectKind<ResourceQuota> = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
};

export interface QuotaFinding {
  readonly problems: readonly PreviewProblem[];
  readonly notes: readonly string[];
}

/** @param pods how many more of the same are to run */
export function checkQuota(quota: ResourceQuota, spec: PodSpec, pods: number): QuotaFinding {
  const { name, namespace = '' } = quota.metadata;
  const where = `ResourceQuota ${namespace}/${name}`;
  const covers = isCovered(quota, spec);
  if (covers === 'unknown') {
    return { problems: [], notes: [`${where} was not counted: it goes by a scope selector`] };
  }
  if (!covers || pods <= 0) return { problems: [], notes: [] };
  const hard = quota.status?.hard ?? quota.spec?.hard ?? {};
  const problems = Object.entries(hard).flatMap(([resource, limit]): PreviewProblem[] => {
    const each = perPod(resource, spec);
    if (each === null || each === 0n) return [];
    const used = parseQuantity(quota.status?.used?.[resource] ?? 0);
    const left = parseQuantity(limit) - used;
    const needed = each * BigInt(pods);
    if (needed <= left) return [];
    const show = (amount: Nanos) => formatQuantity(amount, resource);
    const room = left > 0n ? left : 0n;
    return [
      {
        code: 'QuotaShort',
        message: `quota ${name} leaves too little ${resource}: ${pods} more pods need ${show(needed)}, ${show(room)} is left`,
        where,
        seen: show(used + needed),
        limit: show(parseQuantity(limit)),
        next: `raise it (kubectl -n ${namespace} edit resourcequota ${name}), or lower the instances of the service`,
      },
    ];
  });
  return { problems, notes: [] };
}

/** Null for what pods do not use up. */
function perPod(resource: string, spec: PodSpec): Nanos | null {
  if (resource === 'pods' || resource === 'count/pods') return parseQuantity(1);
  const [, of = 'requests', name = ''] =
    /^(?:(requests|limits)\.)?(cpu|memory|ephemeral-storage|hugepages-.+)$/.exec(resource) ??
    /^(requests)\.(?!storage$)([^/]+\/.+)$/.exec(resource) ??
    [];
  if (name === '') return null;
  return podAmounts(spec, of as 'requests' | 'limits').get(name) ?? 0n;
}

function isCovered({ spec: quota }: ResourceQuota, spec: PodSpec): boolean | 'unknown' {
  if (quota?.scopeSelector !== undefined) return 'unknown';
  for (const scope of quota?.scopes ?? []) {
    // A Deployment's pods run until they are told to end.
    if (scope === 'Terminating') return false;
    if (scope === 'BestEffort' && !isBestEffort(spec)) return false;
    if (scope === 'NotBestEffort' && isBestEffort(spec)) return false;
    if (!['BestEffort', 'NotBestEffort', 'NotTerminating'].includes(scope)) return 'unknown';
  }
  return true;
}

function isBestEffort(spec: PodSpec): boolean {
  const asked = [...podAmounts(spec, 'requests'), ...podAmounts(spec, 'limits')];
  return asked.every(([name, amount]) => amount === 0n || !['cpu', 'memory'].includes(name));
}
