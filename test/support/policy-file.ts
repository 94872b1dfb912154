/** A repository's own `sluice.yaml`, as far as a repository needs one. */
import { createPolicyBook } from '../../src/config/policy-book.js';

/** @param lines of the section `repository`, without their first two spaces */
export function policyFile(...lines: readonly string[]): string {
  return [
    'apiVersion: sluice/v1',
    'project: shop',
    'repository:',
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

/** Reads policies with no defaults of an organisation behind them. */
export const bareBook = createPolicyBook({ file: 'sluice.yaml', repository: null });
