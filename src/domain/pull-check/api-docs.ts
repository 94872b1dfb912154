/** Does a change of what is documented come with a change of its documentation? */
import { counted, type Finding, inCode, type JudgedFacts, type Judgement } from './facts.js';
import { pathTest } from './glob.js';
import type { PullPolicy } from './schema.js';

export function checkApiDocs(facts: JudgedFacts, { apiDocs }: PullPolicy): Judgement {
  const { files, isGenerated } = facts;
  // A renamed file leaves the place where it was, too.
  const touched = files.flatMap(({ path, previousPath }) =>
    previousPath === null ? [path] : [path, previousPath],
  );
  let matched = 0;
  const findings = apiDocs.rules.flatMap(({ paths, docs }): Finding[] => {
    const isDocumentation = pathTest(docs);
    const isApi = pathTest(paths);
    const changed = touched.filter(
      (path) => isApi(path) && !isDocumentation(path) && !isGenerated(path),
    );
    const [first] = changed;
    if (first === undefined) return [];
    matched += 1;
    if (touched.some(isDocumentation)) return [];
    const more = changed.length > 1 ? ` and ${counted(changed.length - 1, 'more file')}` : '';
    return [
      {
        says: `${inCode(first)}${more} changed, its documentation did not`,
        fix: `Bring ${docs.map(inCode).join(', ')} up to date. Where nothing changes for its readers: the label ${apiDocs.skipLabels.map(inCode).join(' or ')}.`,
        at: { path: first, line: 1 },
      },
    ];
  });
  const good = matched > 0 ? 'Documentation is changed too' : 'Nothing that is documented';
  return { title: findings.length > 0 ? 'Documentation is behind' : good, findings };
}
