/** Limits given on the command line, written as under `health` in sluice.yaml. */
import { readFile } from 'node:fs/promises';
import { explainIssues } from '../config/explain-issues.js';
import { readYaml } from '../config/yaml-source.js';
import type { HealthPolicy } from '../domain/analysis/health-policy.js';
import { healthSchema, resolveHealth } from '../domain/analysis/schema.js';
import { Failure } from '../domain/failures.js';

const flag = '--health';

/**
 * @param given `{errorRate: {max: 2%}}`, or `@file.yaml` with the same in it; left out: the defaults
 * @throws InvalidInput with every fault
 */
export async function readHealthFlag(given: string | undefined): Promise<HealthPolicy> {
  if (given === undefined) return resolveHealth({}, false);
  const file = given.startsWith('@') ? given.slice(1) : null;
  const text = file === null ? given : await textOf(file);
  const source = readYaml(text, file ?? flag);
  const parsed = healthSchema.safeParse(source.value);
  if (parsed.success) return resolveHealth(parsed.data, false);
  const faults = explainIssues(parsed.error.issues, healthSchema, source.value).map(
    ({ path, message }) => ({ where: source.where(path), message }),
  );
  throw new Failure('InvalidInput', `the limits are not valid: ${faults[0]?.message}`, {
    where: faults[0]?.where ?? flag,
    next: `write them as under health in sluice.yaml: ${flag} '{errorRate: {max: 2%}}', or ${flag} @file.yaml`,
    faults,
  });
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    const details = { where: flag, next: `name a file: ${flag} @health.yaml` };
    throw new Failure('InvalidInput', `${file} cannot be read`, details, error);
  });
}
