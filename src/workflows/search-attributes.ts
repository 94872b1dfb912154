/** The typed search attributes that every workflow carries, so that operators can list by what they mean. */
import { defineSearchAttributeKey } from '@temporalio/common';

export const serviceKey = defineSearchAttributeKey('Service', 'KEYWORD');
export const environmentKey = defineSearchAttributeKey('Environment', 'KEYWORD');
export const versionKey = defineSearchAttributeKey('Version', 'KEYWORD');
export const phaseKey = defineSearchAttributeKey('Phase', 'KEYWORD');
export const repositoryKey = defineSearchAttributeKey('Repository', 'KEYWORD');
export const branchKey = defineSearchAttributeKey('Branch', 'KEYWORD');
export const requestedByKey = defineSearchAttributeKey('RequestedBy', 'KEYWORD');
export const strategyKey = defineSearchAttributeKey('Strategy', 'KEYWORD');
export const needsAttentionKey = defineSearchAttributeKey('NeedsAttention', 'KEYWORD');
export const gitShaKey = defineSearchAttributeKey('GitSha', 'KEYWORD');
export const deadlineKey = defineSearchAttributeKey('Deadline', 'DATETIME');
export const trafficWeightKey = defineSearchAttributeKey('TrafficWeight', 'INT');

/** All of them, for servers that must be told beforehand. Ten keywords is the most that SQLite visibility takes. */
export const searchAttributes = [
  serviceKey,
  environmentKey,
  versionKey,
  phaseKey,
  repositoryKey,
  branchKey,
  requestedByKey,
  strategyKey,
  needsAttentionKey,
  gitShaKey,
  deadlineKey,
  trafficWeightKey,
];
