/** Reads the `repository` section out of a repository's own `sluice.yaml`, over the defaults in the server's file. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.js';
import { Failure } from '../domain/failures.js';
import { layer } from '../domain/repository/layer-policy.js';
import type { PolicyFault, PolicyReading } from '../domain/repository/policy-reading.js';
import { repositorySchema } from '../domain/repository/policy-schema.js';
import { explainIssues, formatPath, valueAt } from './explain-issues.js';
import { deepFreeze } from './deep-freeze.js';
import { nearest } from './nearest.js';
import type { Project } from './project.js';
import { projectSchema } from './project-schema.js';
import { readYaml, type YamlSource } from './yaml-source.js';

const ownFile = 'sluice.yaml';
const section = 'repository';

export function createPolicyBook({
  file,
  repository: defaults,
}: Pick<Project, 'file' | 'repository'>) {
  return {
    /** @param text of the repository's own file; null when it has none */
    read(text: string | null): PolicyReading {
      if (text === null) return judge(defaults, null, file);
      try {
        return judge(defaults, readYaml(text, ownFile), file);
      } catch (error) {
        if (!(error instanceof Failure) || error.details.faults === undefined) throw error;
        return faulty(error.details.faults.map(({ where, message }) => faultAt(where, message)));
      }
    },
  };
}

function judge(defaults: unknown, own: YamlSource | null, file: string): PolicyReading {
  const written = own === null ? undefined : valueAt(own.value, [section]);
  const merged = layer(defaults ?? {}, written ?? undefined);
  const parsed = repositorySchema.safeParse(merged);
  const misnamed = own === null ? [] : unknownSections(own);
  if (parsed.success && misnamed.length === 0) {
    const policy = deepFreeze(parsed.data);
    const hash = createHash('sha256').update(canonicalJson(policy));
    return { policy, faults: [], version: hash.digest('hex').slice(0, 16) };
  }
  const issues = parsed.success ? [] : parsed.error.issues;
  const wrong = explainIssues(issues, repositorySchema, merged).map(({ path, message }) => {
    const isOwn = own !== null && depth(written, path) >= depth(defaults, path);
    const text = `${section}.${message}`;
    return isOwn
      ? faultAt(own.where([section, ...path]), text)
      : { file, line: 0, column: 0, message: text };
  });
  return faulty([...misnamed, ...wrong].sort((a, b) => a.line - b.line || a.column - b.column));
}

function faulty(faults: readonly PolicyFault[]): PolicyReading {
  return { policy: null, faults, version: 'faulty' };
}

/** A slip in the section's own name would leave its rules unread without a word. */
function unknownSections(own: YamlSource): readonly PolicyFault[] {
  const known = Object.keys(projectSchema.shape);
  return own.keys([]).flatMap((key) => {
    if (known.includes(key)) return [];
    const meant = nearest(key, known);
    const hint = meant === null ? '' : `; did you mean "${meant}"?`;
    return [faultAt(own.where([key]), `${formatPath([key])}: unknown key${hint}`)];
  });
}

/** How far down a path is written there. */
function depth(written: unknown, path: readonly PropertyKey[]): number {
  let reached = 0;
  while (reached < path.length && valueAt(written, path.slice(0, reached + 1)) !== undefined) {
    reached += 1;
  }
  return written === undefined || written === null ? -1 : reached;
}

/** @param where `file:line:column` */
function faultAt(where: string, message: string): PolicyFault {
  const [, file = where, line = '0', column = '0'] = /^(.*):(\d+):(\d+)$/.exec(where) ?? [];
  return { file, line: Number(line), column: Number(column), message };
}
