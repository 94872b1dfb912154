/** Commit messages and what each means: every example and rule of Conventional Commits 1.0.0, and what lies around them. */
import { type CorpusCase, footer } from './corpus-case.js';
import { rules } from './corpus-rules.js';

const examples: readonly CorpusCase[] = [
  {
    name: 'example: description and breaking change footer',
    message:
      'feat: allow provided config object to extend other configs\n\nBREAKING CHANGE: `extends` key in config file is now used for extending other config files',
    type: 'feat',
    description: 'allow provided config object to extend other configs',
    body: null,
    breaking: ['`extends` key in config file is now used for extending other config files'],
    bump: 'major',
  },
  {
    name: 'example: `!`',
    message: 'refactor!: drop support for Node 6',
    type: 'refactor',
    breaking: ['drop support for Node 6'],
    bump: 'major',
  },
  {
    name: 'example: scope and `!`',
    message: 'refactor(runtime)!: drop support for Node 6',
    type: 'refactor',
    scope: 'runtime',
    breaking: ['drop support for Node 6'],
    bump: 'major',
  },
  {
    name: 'example: both `!` and footer',
    message:
      'refactor!: drop support for Node 6\n\nBREAKING CHANGE: refactor to use JavaScript features not available in Node 6.',
    breaking: ['refactor to use JavaScript features not available in Node 6.'],
    bump: 'major',
  },
  {
    name: 'example: no body',
    message: 'docs: correct spelling of CHANGELOG',
    type: 'docs',
    body: null,
    footers: [],
    bump: 'none',
  },
  {
    name: 'example: scope',
    message: 'feat(lang): add polish language',
    scope: 'lang',
    bump: 'minor',
  },
  {
    name: 'example: multi-paragraph body and multiple footers',
    message:
      'fix: correct minor typos in code\n\nsee the issue for details\n\non typos fixed.\n\nReviewed-by: Z\nRefs #133',
    body: 'see the issue for details\n\non typos fixed.',
    footers: [footer('Reviewed-by', 'Z'), footer('Refs', '133')],
    breaking: [],
    bump: 'patch',
  },
  {
    name: 'example: revert with references',
    message: 'revert: let us never again speak of the noodle incident\n\nRefs: 676104e, a215868',
    type: 'revert',
    reverts: ['676104e', 'a215868'],
    bump: 'patch',
  },
  {
    name: 'example in the text: parser',
    message: 'feat(parser): add ability to parse arrays',
    scope: 'parser',
    bump: 'minor',
  },
  {
    name: 'example in the text: docs',
    message: 'docs: updated ref docs.',
    type: 'docs',
    bump: 'none',
  },
  {
    name: 'example in the text: array parsing',
    message: 'fix: array parsing issue when multiple spaces were contained in string',
    bump: 'patch',
  },
  {
    name: 'example in the text: environment variables',
    message:
      'chore: x\n\nBREAKING CHANGE: environment variables now take precedence over config files',
    breaking: ['environment variables now take precedence over config files'],
    bump: 'major',
  },
];

const around: readonly CorpusCase[] = [
  {
    name: 'CRLF',
    message: 'feat(api)!: a\r\n\r\nbody\r\n\r\nBREAKING CHANGE: b\r\nRefs: #1\r\n',
    body: 'body',
    breaking: ['b'],
    footers: [footer('BREAKING CHANGE', 'b'), footer('Refs', '#1')],
    faults: 0,
    bump: 'major',
  },
  { name: 'old line ends', message: 'fix: a\r\rbody', body: 'body', bump: 'patch' },
  { name: 'a byte-order mark', message: '\uFEFFfix: a', type: 'fix', bump: 'patch' },
  {
    name: 'blank lines around',
    message: '\n\nfix: a\n\n\n',
    type: 'fix',
    body: null,
    bump: 'patch',
  },
  {
    name: 'spaces at line ends',
    message: 'fix: a  \n  \nbody  ',
    description: 'a',
    body: 'body',
    faults: 0,
    bump: 'patch',
  },
  {
    name: 'letters of any script',
    message: 'исправление(ядро): а',
    type: 'исправление',
    scope: 'ядро',
    bump: 'none',
  },
  { name: 'an emoji is no type', message: '✨ feat: a', kind: 'free', bump: 'none' },
  { name: 'empty', message: '', kind: 'free', bump: 'none' },
  { name: 'only spaces', message: '  \n ', kind: 'free', bump: 'none' },
  { name: 'a sentence', message: 'Update the readme', kind: 'free', bump: 'none' },
  { name: 'a leading space', message: ' fix: a', kind: 'free', bump: 'none' },
  {
    name: 'merge of a branch',
    message: "Merge branch 'main' into feature",
    kind: 'merge',
    bump: 'none',
  },
  {
    name: 'merge of a pull request',
    message: 'Merge pull request #1 from acme/x\n\nfeat: a',
    kind: 'merge',
    bump: 'none',
  },
  {
    name: 'merge of a remote branch',
    message: "Merge remote-tracking branch 'origin/main'",
    kind: 'merge',
    bump: 'none',
  },
  { name: 'merge of a tag', message: "Merge tag 'v1'", kind: 'merge', bump: 'none' },
  {
    name: 'merge as a type',
    message: 'merge: a',
    kind: 'conventional',
    type: 'merge',
    bump: 'none',
  },
  {
    name: 'revert by git',
    message: 'Revert "feat: a"\n\nThis reverts commit 676104e1234567890123456789012345678901ab.',
    kind: 'revert',
    reverts: ['676104e1234567890123456789012345678901ab'],
    bump: 'patch',
  },
  {
    name: 'reapply by git',
    message: 'Reapply "feat: a"\n\nThis reverts commit 676104e1.',
    kind: 'revert',
    reverts: ['676104e1'],
    bump: 'patch',
  },
  {
    name: 'revert by git without a hash',
    message: 'Revert "feat!: a"',
    kind: 'revert',
    reverts: [],
    bump: 'patch',
  },
  {
    name: 'revert type with git’s sentence',
    message: 'revert: feat: a\n\nThis reverts commit 676104E.',
    type: 'revert',
    reverts: ['676104e'],
    bump: 'patch',
  },
  {
    name: 'Refs of another type revert nothing',
    message: 'fix: a\n\nRefs: 676104e',
    reverts: [],
    bump: 'patch',
  },
  { name: 'fixup', message: 'fixup! feat: a', kind: 'autosquash', bump: 'none' },
  { name: 'squash', message: 'squash! feat: a', kind: 'autosquash', bump: 'none' },
  {
    name: 'a squash merge keeps its title',
    message: 'feat: a (#12)\n\n* feat: b\n\n* fix!: c',
    description: 'a (#12)',
    breaking: [],
    bump: 'minor',
  },
  {
    name: 'Release-As',
    message: 'chore: a\n\nRelease-As: 2.0.0',
    footers: [footer('Release-As', '2.0.0')],
    bump: 'none',
  },
  {
    name: 'co-authors',
    message: 'fix: a\n\nCo-authored-by: A <a@example.com>\nCo-authored-by: B <b@example.com>',
    footers: [
      footer('Co-authored-by', 'A <a@example.com>'),
      footer('Co-authored-by', 'B <b@example.com>'),
    ],
    bump: 'patch',
  },
];

export const corpus: readonly CorpusCase[] = [...examples, ...rules, ...around];
