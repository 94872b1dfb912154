/** Turns what the API server refuses of a dry run into problems that people can mend, or into a note where it may not be asked. */
import { Failure } from '../../../domain/failures.js';
import type { PreviewProblem } from '../../../domain/rollout/preview.js';

export interface Refusal {
  readonly problems: readonly PreviewProblem[];
  readonly notes: readonly string[];
}

/** Words of the API server where a right is missing; its admission plugins answer with the same status. */
const lacksRight = /User "[^"]*" cannot [a-z]+ resource "([^"]*)"/;

/**
 * @param where the object that was asked about
 * @throws the failure itself when it says nothing about the object: Unavailable, and bugs
 */
export function refusalOf(error: unknown, where: string): Refusal {
  if (!(error instanceof Failure)) throw error;
  const { code, message, details } = error;
  const base = { where, seen: null, limit: null };
  switch (code) {
    case 'Forbidden': {
      const right = lacksRight.exec(message);
      if (right !== null) {
        return { problems: [], notes: [`${where} was not checked: ${missingRight(message)}`] };
      }
      const isQuota = /exceeded quota|failed quota/.test(message);
      const next = isQuota
        ? 'raise the quota, or lower what the Deployment asks for'
        : 'change the Deployment, or the rule of the namespace that refuses it';
      return {
        problems: [{ ...base, code: isQuota ? 'QuotaShort' : 'Refused', message, next }],
        notes: [],
      };
    }
    case 'InvalidInput': {
      // A webhook that cannot be asked without consequences is no reason against the object.
      if (/does not support dry run/.test(message)) {
        return { problems: [], notes: [`${where} was not checked in full: ${message}`] };
      }
      const { faults = [], seen, limit, next = 'correct it in the Deployment' } = details;
      const isServers = typeof seen === 'number';
      if (!isServers || faults.length === 0) {
        const numbers = isServers
          ? {}
          : { seen: seen ?? null, limit: limit === undefined ? null : String(limit) };
        return {
          problems: [
            {
              ...base,
              where: details.where && !isServers ? details.where : where,
              code: 'Refused',
              message,
              next,
              ...numbers,
            },
          ],
          notes: [],
        };
      }
      return {
        problems: faults.map((fault) => {
          return {
            ...base,
            code: 'Refused',
            message: fault.message,
            where: `${where} ${fault.where}`,
            next,
          };
        }),
        notes: [],
      };
    }
    case 'NotFound':
    case 'PolicyDenied':
    case 'Conflict': {
      const { seen, limit, next = 'apply what is missing' } = details;
      return {
        problems: [
          {
            code: 'PlaceUnfit',
            message,
            where: details.where ?? where,
            seen: seen === undefined || typeof seen === 'number' ? null : seen,
            limit: limit === undefined ? null : String(limit),
            next,
          },
        ],
        notes: [],
      };
    }
    default:
      throw error;
  }
}

/** @example missingRight('User "x" cannot list resource "nodes" in …') === 'needs list on nodes' */
export function missingRight(message: string): string {
  const [, verb = 'more', resource = 'it'] =
    /cannot ([a-z]+) resource "([^"]*)"/.exec(message) ?? [];
  return `needs ${verb} on ${resource}`;
}
