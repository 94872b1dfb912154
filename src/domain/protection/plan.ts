/** What stands between the protection that is written down and the one that is there, branch by branch. */
import type { BranchProtection, ProtectedBranch } from './schema.js';

export type ProtectionField = keyof BranchProtection;

export interface FieldChange {
  readonly field: ProtectionField;
  /** Null: the branch is not protected at all. */
  readonly real: string | null;
  readonly wanted: string;
}

export interface BranchPlan {
  readonly branch: string;
  readonly kind: 'none' | 'create' | 'change';
  readonly changes: readonly FieldChange[];
  /** The policy lets us undo it by ourselves. */
  readonly enforce: boolean;
}

export interface ProtectionPlan {
  /** By name; those that need nothing too. */
  readonly branches: readonly BranchPlan[];
  readonly isEmpty: boolean;
}

type ByBranch<T> = Readonly<Record<string, T>>;

/** In the order of the written form, which is the order in which people read it. */
const fields: readonly ProtectionField[] = [
  'requiredChecks',
  'requireUpToDate',
  'requiredApprovals',
  'dismissStaleApprovals',
  'requireCodeOwners',
  'requireLinearHistory',
  'requireConversationResolution',
  'enforceForAdmins',
  'allowForcePushes',
  'allowDeletions',
];

/** Only branches that are written down: what nobody wrote about is nobody's business here. */
export function planProtection(
  wanted: ByBranch<ProtectedBranch>,
  real: ByBranch<BranchProtection | null>,
): ProtectionPlan {
  const branches = Object.entries(wanted)
    .map(([branch, to]) => planBranch(branch, to, real[branch] ?? null))
    .sort((a, b) => (a.branch < b.branch ? -1 : 1));
  return { branches, isEmpty: branches.every(({ kind }) => kind === 'none') };
}

/**
 * @example planBranch('main', { ...open, requiredApprovals: 2 }, { ...open, requiredApprovals: 1 })
 *   // kind 'change', changes [{ field: 'requiredApprovals', real: '1', wanted: '2' }]
 */
function planBranch(
  branch: string,
  { enforce, ...wanted }: ProtectedBranch,
  real: BranchProtection | null,
): BranchPlan {
  const changes = fields.flatMap((field): readonly FieldChange[] => {
    const to = written(wanted[field]);
    const from = real && written(real[field]);
    return to === from ? [] : [{ field, real: from, wanted: to }];
  });
  if (real === null) return { branch, kind: 'create', changes, enforce };
  return { branch, kind: changes.length === 0 ? 'none' : 'change', changes, enforce };
}

/** Checks are a set: their order, and one that is named twice, mean nothing. */
function written(value: BranchProtection[ProtectionField]): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'number') return String(value);
  const names = [...new Set(value)].sort();
  return names.length === 0 ? 'none' : names.map((name) => JSON.stringify(name)).join(', ');
}

export function isSameProtection(a: BranchProtection | null, b: BranchProtection | null): boolean {
  if (a === null || b === null) return a === b;
  return planBranch('', { ...a, enforce: false }, b).kind === 'none';
}

/** What is written for a branch, without our own switch: what the code host is told. */
export function settingsOf(branch: ProtectedBranch): BranchProtection {
  const { enforce: _, ...settings } = branch;
  return { ...settings, requiredChecks: [...new Set(settings.requiredChecks)].sort() };
}

const labels: Readonly<Record<ProtectionField, string>> = {
  requiredChecks: 'required checks',
  requireUpToDate: 'must be up to date',
  requiredApprovals: 'required approvals',
  dismissStaleApprovals: 'approvals end with a new commit',
  requireCodeOwners: 'code owners must approve',
  requireLinearHistory: 'linear history',
  requireConversationResolution: 'conversations must be resolved',
  enforceForAdmins: 'holds for admins too',
  allowForcePushes: 'force pushes',
  allowDeletions: 'deletion',
};

/**
 * One line a change, as a diff is read: `~ required approvals: 1 → 2`.
 * @returns `main` and its changes, then the next branch; a branch that is as it should be says so
 */
export function describePlan({ branches }: ProtectionPlan): readonly string[] {
  if (branches.length === 0) return ['no branch is named under repository.protection'];
  return branches.flatMap(({ branch, kind, changes }) => {
    if (kind === 'none') return [`  ${branch}: as written`];
    const head = kind === 'create' ? `+ ${branch}: not protected yet` : `~ ${branch}`;
    return [head, ...changes.map((change) => `    ${describeChange(change)}`)];
  });
}

function describeChange({ field, real, wanted }: FieldChange): string {
  return real === null
    ? `+ ${labels[field]}: ${wanted}`
    : `~ ${labels[field]}: ${real} → ${wanted}`;
}

/** Where nothing but less protection would come of it, the plan says so: such a step is never taken by itself. */
export function loosens(change: FieldChange): boolean {
  const { field, real, wanted } = change;
  if (real === null) return false;
  if (field === 'requiredApprovals') return Number(wanted) < Number(real);
  if (field === 'requiredChecks') {
    return !namesOf(real).every((name) => namesOf(wanted).includes(name));
  }
  const allows = field === 'allowForcePushes' || field === 'allowDeletions';
  return wanted === (allows ? 'on' : 'off');
}

function namesOf(text: string): readonly string[] {
  return text === 'none' ? [] : (JSON.parse(`[${text}]`) as string[]);
}
