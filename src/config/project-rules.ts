/** Rules between parts of `sluice.yaml`, checked on the written data so that all faults are seen in one go. */
import { namePattern } from '../domain/names.js';
import { jobsNameWhatIsThere } from './access-rules.js';
import { type Explained, formatPath, valueAt } from './explain-issues.js';
import { environmentsFitFollowers } from './gitops-rules.js';
import { metricsExist, scrapesTellRevisions } from './metrics-rules.js';
import { migrationsHavePlace } from './migration-schema.js';
import { strategiesFitRouters } from './router-rules.js';
import { seriesFitSources } from './series-rules.js';
import { unknownName } from './unknown-name.js';
import { entriesAt } from './written.js';

type Rule = (written: unknown) => readonly Explained[];

const platformsExist: Rule = (written) => {
  const known = entriesAt(written, ['platforms']).map(([name]) => name);
  return entriesAt(written, ['environments']).flatMap(([environment, value]) => {
    const regions = entriesAt(value, ['regions']).map(([region]) => ['regions', region]);
    return [[], ...regions].flatMap((part) => {
      const platform = valueAt(value, [...part, 'platform']);
      if (typeof platform !== 'string' || known.length === 0 || known.includes(platform)) return [];
      const path = ['environments', environment, ...part, 'platform'];
      return [unknownName(path, 'platform', platform, known)];
    });
  });
};

const serviceEnvironmentsExist: Rule = (written) => {
  const known = entriesAt(written, ['environments']).map(([name]) => name);
  return entriesAt(written, ['services']).flatMap(([service, value]) => {
    const chosen = valueAt(value, ['environments']);
    if (!Array.isArray(chosen) || known.length === 0) return [];
    return chosen.flatMap((name: unknown, index) =>
      typeof name !== 'string' || known.includes(name)
        ? []
        : [unknownName(['services', service, 'environments', index], 'environment', name, known)],
    );
  });
};

const approvalsNeedManual: Rule = (written) =>
  entriesAt(written, ['environments']).flatMap(([environment, value]) => {
    const contradicts =
      valueAt(value, ['promotion']) === 'auto' && valueAt(value, ['approvals']) !== undefined;
    const path = ['environments', environment, 'promotion'];
    const message = `${formatPath(path)}: seen "auto" beside approvals, allowed: manual, or no approvals`;
    return contradicts ? [{ path, message }] : [];
  });

/** A platform says what a service must say of its workload. */
const workloadsFit: Rule = (written) => {
  const kindOf = (platform: unknown) =>
    typeof platform === 'string' ? valueAt(written, ['platforms', platform, 'kind']) : undefined;
  const environments = entriesAt(written, ['environments']);
  return entriesAt(written, ['services']).flatMap(([service, value]) => {
    const workload = valueAt(value, ['workload']);
    if (typeof workload !== 'object' || workload === null) return [];
    const chosen = valueAt(value, ['environments']);
    const kinds = environments
      .filter(([name]) => !Array.isArray(chosen) || chosen.includes(name))
      .map(([, environment]) => kindOf(valueAt(environment, ['platform'])));
    const needed = [
      ...(kinds.includes('kubernetes') ? ['deployment'] : []),
      ...(kinds.every((kind) => kind !== 'kubernetes' && kind !== 'gitops') ||
      kinds.includes('playground')
        ? ['command']
        : []),
    ];
    return needed.flatMap((field) => {
      if (valueAt(workload, [field]) !== undefined) return [];
      const path = ['services', service, 'workload', field];
      const allowed = field === 'command' ? 'a list' : 'the name of a Deployment';
      return [{ path, message: `${formatPath(path)}: is missing, allowed: ${allowed}` }];
    });
  });
};

const artifactNamesVersion: Rule = (written) =>
  entriesAt(written, ['services']).flatMap(([service, value]) => {
    const artifact = valueAt(value, ['workload', 'artifact']);
    const path = ['services', service, 'workload', 'artifact'];
    if (typeof artifact !== 'string' || artifact.includes('{version}')) return [];
    const message = `${formatPath(path)}: seen "${artifact}", allowed: a path with {version}, because every version is another artifact`;
    return [{ path, message }];
  });

function namedSections(written: unknown): readonly string[][] {
  const regions = entriesAt(written, ['environments']).map(([name]) => [
    ...['environments', name, 'regions'],
  ]);
  return [
    ['platforms'],
    ['metrics'],
    ['metricSources'],
    ['services'],
    ['environments'],
    ...regions,
  ];
}

const namesFit: Rule = (written) =>
  namedSections(written).flatMap((section) =>
    entriesAt(written, section).flatMap(([name]) => {
      if (namePattern.test(name)) return [];
      const path = [...section, name];
      const message = `${formatPath(section)}: seen the name "${name}", allowed: a–z, 0–9 and inner hyphens, at most 63`;
      return [{ path, message }];
    }),
  );

export const projectRules: readonly Rule[] = [
  namesFit,
  platformsExist,
  serviceEnvironmentsExist,
  jobsNameWhatIsThere,
  approvalsNeedManual,
  artifactNamesVersion,
  workloadsFit,
  strategiesFitRouters,
  environmentsFitFollowers,
  migrationsHavePlace,
  metricsExist,
  scrapesTellRevisions,
  seriesFitSources,
];
