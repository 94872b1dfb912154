/** Names as they stand in histories and on the wire: changing one breaks what is running. */

export const workflowTypes = {
  release: 'promoteRelease',
  target: 'ownTarget',
  rollout: 'runRollout',
  reconcile: 'reconcileTargets',
  request: 'rememberRequest',
  preview: 'previewRollout',
  retireBranch: 'retireStaleBranch',
  restoreBranch: 'restoreBranch',
  listArchivedBranches: 'listArchivedBranches',
  sweepBranches: 'sweepStaleBranches',
  resetBranch: 'resetBranch',
  listBackups: 'listBackups',
  mergePulls: 'mergePulls',
  sweepItems: 'sweepStaleItems',
  watchItem: 'watchStaleItem',
  explainItem: 'explainStaleItem',
  checkPull: 'checkPull',
  routeDelivery: 'routeDelivery',
  ownRepository: 'ownRepository',
  checkRepository: 'checkRepository',
  sweepRepository: 'sweepRepository',
  releaseBySchedule: 'releaseBySchedule',
  redeliverWebhooks: 'redeliverWebhooks',
  followIssue: 'followIssue',
  protectBranches: 'protectBranches',
  mirrorRelease: 'mirrorRelease',
  mirrorRollout: 'mirrorRollout',
  answerDeployment: 'answerDeployment',
  syncIssues: 'syncIssues',
  explainSync: 'explainSync',
  rollOutWorkers: 'rollOutWorkers',
  recordWorkersLedBack: 'recordWorkersLedBack',
} as const;

export const updateNames = {
  requestRollout: 'requestRollout',
  retryRollout: 'retryRollout',
  rollBack: 'rollBack',
  lock: 'lock',
  unlock: 'unlock',
  repair: 'repair',
  eject: 'eject',
  pause: 'pause',
  resume: 'resume',
  promote: 'promote',
  promoteFull: 'promoteFull',
  abort: 'abort',
  alert: 'alert',
  approve: 'approve',
  reject: 'reject',
  retry: 'retry',
  keep: 'keep',
  archiveNow: 'archiveNow',
  cancel: 'cancel',
  close: 'close',
  sweepNow: 'sweepNow',
  checkNow: 'checkNow',
  branchNow: 'branchNow',
  lookAgain: 'lookAgain',
  planProtection: 'planProtection',
  applyProtection: 'applyProtection',
  restoreProtection: 'restoreProtection',
  syncNow: 'syncNow',
  planSync: 'planSync',
  approveSync: 'approveSync',
  resolveSync: 'resolveSync',
} as const;

/** Updates by which people, and alerts, command; the others are asked by releases and by the reconciler. */
export const commandNames = [
  updateNames.rollBack,
  updateNames.retryRollout,
  updateNames.lock,
  updateNames.unlock,
  updateNames.eject,
  updateNames.pause,
  updateNames.resume,
  updateNames.promote,
  updateNames.promoteFull,
  updateNames.abort,
  updateNames.alert,
  updateNames.approve,
  updateNames.reject,
  updateNames.retry,
  updateNames.keep,
  updateNames.archiveNow,
  updateNames.cancel,
  updateNames.close,
  updateNames.sweepNow,
  updateNames.checkNow,
  updateNames.branchNow,
  updateNames.lookAgain,
  updateNames.applyProtection,
  updateNames.restoreProtection,
  updateNames.syncNow,
  updateNames.approveSync,
  updateNames.resolveSync,
] as const;

export type CommandName = (typeof commandNames)[number];

export const signalNames = {
  rolloutFinished: 'rolloutFinished',
  turnBack: 'turnBack',
  repositoryEvent: 'repositoryEvent',
  automationOutcome: 'automationOutcome',
  swept: 'swept',
  adoptPolicy: 'adoptPolicy',
} as const;

export const queryNames = {
  readTarget: 'readTarget',
  readRollout: 'readRollout',
  readHealth: 'readHealth',
  readRelease: 'readRelease',
  readRepository: 'readRepository',
  readBranch: 'readBranch',
  readReset: 'readReset',
  readMergeQueue: 'readMergeQueue',
  readStaleItem: 'readStaleItem',
  readStaleSweep: 'readStaleSweep',
  readIssue: 'readIssue',
  readPullChecks: 'readPullChecks',
  readProtection: 'readProtection',
  readMirror: 'readMirror',
  readSync: 'readSync',
  readWorkerRollout: 'readWorkerRollout',
} as const;

/** Queues separate credentials and keep short writes clear of long watches. */
export const taskQueues = {
  workflows: 'workflows',
  watch: 'watch',
  /** Writes to one platform: nothing here takes longer than 30 s, so a rollback never waits behind a watch. */
  actuate: (platform: string): string => `actuate-${platform}`,
  /** Calls to the code host, paced by the server over all workers. */
  github: 'github',
  /** Those of them that write what people are told of: the host lets fewer of these through. */
  githubCreations: 'github-creations',
} as const;

/** Keys of Temporal's priority where tasks of a queue wait: lower ones go first, and what names none is 3. */
export const priorityKeys = {
  /** Ways back go before all others, whether a rollout's own or a person's: they wait for one free slot, and for no line. */
  rollBack: 1,
  switchBack: 1,
  /** What has begun to move traffic, with whoever leads it, goes before what only may. */
  rollout: 2,
  /** What comes by the thousand and nobody waits for. */
  bulk: 4,
} as const;

/** The Temporal Schedule that compares wanted and real state of every target. */
export const reconcileScheduleId = 'reconcile-targets';

/** The Temporal Schedule that looks for webhooks that never arrived. */
export const redeliverScheduleId = 'redeliver-webhooks';
