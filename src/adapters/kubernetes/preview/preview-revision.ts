/** Tries a revision on the API server without writing it, and looks for what would keep its pods from running. */
import { Failure } from '../../../domain/failures.js';
import type {
  ObjectChange,
  PreviewProblem,
  WorkloadPreview,
} from '../../../domain/rollout/preview.js';
import { revisionName } from '../../../domain/rollout/revision.js';
import type { Preview } from '../../../ports/preview.js';
import type { Cluster } from '../cluster.js';
import { atPresentScale } from '../companions/capacity.js';
import { planCopies } from '../companions/config-copies.js';
import { byReference, type Draft, draftRevision, type InstallPlace } from '../install.js';
import type { Inspection } from '../inspection.js';
import { annotations } from '../names.js';
import { type Deployment, kinds, type ObjectKind, type Pod } from '../objects.js';
import { listDeployments, namedIn } from '../revisions.js';
import type { TargetRoutes } from '../target-route.js';
import { comparable } from './comparable.js';
import { previewCopies } from './copies.js';
import { checkNodes } from './nodes.js';
import { diffObjects } from './object-diff.js';
import { checkQuota, quotaKind } from './quota.js';
import { checkReferences } from './references.js';
import { type Refusal, refusalOf } from './refusals.js';

type Request = Parameters<Preview['previewRevision']>[0];

export interface PreviewOptions {
  readonly cluster: Cluster & Inspection;
  readonly routes: TargetRoutes;
  readonly backendName: InstallPlace['backendName'];
}

/** What one look came to; all of them together are the preview. */
type Findings = Partial<WorkloadPreview>;

export function createKubernetesPreview(options: PreviewOptions): Preview {
  const { cluster, routes, backendName } = options;
  const place: InstallPlace = { cluster, backendName, sharesPods: routes.sharesPods };
  const nameOf = (kind: string, name: string) => `${kind} ${cluster.namespace}/${name}`;

  /** Findings of a look that may be refused. */
  async function look(where: string, ask: () => Promise<Findings>): Promise<Findings> {
    try {
      return await ask();
    } catch (error) {
      return refusalOf(error, where);
    }
  }

  async function previewNew(
    request: Request,
    { deployment, template, service, adopts }: Draft,
    stable: Deployment | null,
  ): Promise<readonly Findings[]> {
    const where = nameOf('Deployment', deployment.metadata.name);
    const own = await look(nameOf('Service', service.metadata.name), async () => {
      await cluster.applied(kinds.service, service);
      const object = nameOf('Service', service.metadata.name);
      return { changes: [{ object, action: 'create', comparedWith: null, diff: [] }] };
    });
    if (adopts) {
      const note = `${where} runs this image already and becomes the revision as it is`;
      const change: ObjectChange = { object: where, action: 'keep', comparedWith: null, diff: [] };
      return [{ changes: [change], notes: [note] }, own];
    }
    const tried = await look(where, async () => {
      const { config = byReference } = request.workload;
      let uncopied: PreviewProblem | null = null;
      const copied = await planCopies(cluster, request.target, deployment, config).catch(
        (error: unknown) => {
          uncopied = uncopiedProblem(error);
          return null;
        },
      );
      const written = copied?.deployment ?? deployment;
      const shown = await cluster.applied(kinds.deployment, written);
      const beside = stable ?? template;
      const diff = diffObjects(comparable(beside), comparable(shown));
      const comparedWith = nameOf('Deployment', beside.metadata.name);
      const copies = await previewCopies(cluster, copied?.copies ?? [], beside);
      const change: ObjectChange = { object: where, action: 'create', comparedWith, diff };
      return { changes: [change, ...copies], problems: uncopied === null ? [] : [uncopied] };
    });
    const isRefused = (tried.problems ?? []).length > 0;
    const pods = isRefused ? [] : await checkPods(request, deployment, where);
    return [
      tried,
      own,
      await checkReferences(cluster, deployment.spec.template.spec, where),
      ...pods,
    ];
  }

  /** Rules of the namespace are about pods, not about what makes them: limits, security levels, quotas. */
  async function checkPods(
    { instances }: Request,
    deployment: Deployment,
    where: string,
  ): Promise<readonly Findings[]> {
    const { metadata = {}, spec } = deployment.spec.template;
    const generateName = `${deployment.metadata.name}-`;
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, generateName }, spec };
    let admitted = spec;
    const one = await look(`a pod of ${where}`, async () => {
      // With the defaults that admission gives it.
      admitted = (await cluster.created(kinds.pod as ObjectKind<Pod>, pod)).spec;
      return {};
    });
    const room = await look(nameOf('ResourceQuota', '*'), async () => {
      const quotas = await cluster.listBy(quotaKind, '');
      const found = quotas.map((quota) => checkQuota(quota, admitted, instances));
      return {
        problems: found.flatMap(({ problems }) => problems),
        notes: found.flatMap(({ notes }) => notes),
      };
    });
    const isCounted = (room.problems ?? []).length > 0;
    // The quota alone says what all of them need; the words about the first one say less.
    const others = (one.problems ?? []).filter(({ code }) => !isCounted || code !== 'QuotaShort');
    const notes = await checkNodes(cluster, admitted, instances);
    return [{ ...one, problems: others }, room, { notes }];
  }

  return {
    async previewRevision(request) {
      const { target, revision, workload } = request;
      const templateName = workload.deployment;
      if (templateName === undefined) {
        return together([
          refusalOf(
            new Failure('NotFound', 'the workload names no Deployment', {
              where: `services.${target.service}.workload.deployment`,
              next: 'name the Deployment whose template revisions are made from',
            }),
            '',
          ),
        ]);
      }
      let stableName: string | null = null;
      const route = await look(routes.kind, async () => {
        const { split } = await routes.find(target);
        stableName = split.stable;
        return {};
      });
      const there = await listDeployments(cluster, target);
      const scaled = await atPresentScale(cluster, request, there, stableName);
      const known = namedIn(there, revisionName(revision));
      if (known !== null) return together([route, rescaled(known, scaled)]);
      const stable = stableName === null ? null : namedIn(there, stableName);
      let draft: Draft | null = null;
      const drafted = await look(nameOf('Deployment', templateName), async () => {
        draft = await draftRevision(place, scaled, templateName);
        return {};
      });
      const made = draft === null ? [] : await previewNew(scaled, draft, stable);
      return together([route, drafted, ...made]);
    },
  };

  function rescaled({ metadata, spec }: Deployment, { instances }: Request): Findings {
    const object = nameOf('Deployment', metadata.name);
    const { replicas = 1 } = spec;
    const adopted = metadata.annotations?.[annotations.adopted] === 'true';
    const isEnough = replicas === instances || (adopted && replicas > instances);
    const diff = isEnough
      ? []
      : [{ path: 'spec.replicas', from: String(replicas), to: String(instances) }];
    const action = isEnough ? 'keep' : 'change';
    return { changes: [{ object, action, comparedWith: null, diff }] };
  }
}

/** References that lead nowhere are told one by one elsewhere: null. @throws what says nothing about the copies */
function uncopiedProblem(error: unknown): PreviewProblem | null {
  if (!(error instanceof Failure)) throw error;
  const { code, message, details } = error;
  if (code === 'NotFound') return null;
  if (code !== 'Forbidden') throw error;
  const { where = 'workload.config', next = 'grant it in the Role of this worker' } = details;
  return { code: 'Refused', message, where, seen: null, limit: null, next };
}

function together(all: readonly (Findings | Refusal)[]): WorkloadPreview {
  const problems = all.flatMap((one): readonly PreviewProblem[] => one.problems ?? []);
  return {
    changes: all.flatMap((one) => ('changes' in one ? (one.changes ?? []) : [])),
    // Two looks may meet the same thing.
    problems: problems.filter(
      (one, at) =>
        problems.findIndex(
          ({ message, where }) => message === one.message && where === one.where,
        ) === at,
    ),
    notes: [...new Set(all.flatMap((one) => one.notes ?? []))],
  };
}
