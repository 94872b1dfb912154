/** Commit messages and what each means: every example and rule of Conventional Commits 1.0.0, and what lies around them. */
import type { Bump } from '../../../src/domain/commit/bump.js';
import type { Footer, ParsedCommit } from '../../../src/domain/commit/parse.js';

export interface CorpusCase {
  /** Where the specification says so, or what is special. */
  readonly name: string;
  readonly message: string;
  readonly kind?: ParsedCommit['kind'];
  readonly type?: string;
  readonly scope?: string | null;
  readonly description?: string;
  readonly body?: string | null;
  readonly footers?: readonly Footer[];
  readonly breaking?: readonly string[];
  readonly reverts?: readonly string[];
  readonly faults?: number;
  readonly bump: Bump;
}

const footer = (token: string, value: string): Footer => ({ token, value });

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

const rules: readonly CorpusCase[] = [
  { name: 'rule 1: a type is needed', message: ': no type', kind: 'free', bump: 'none' },
  { name: 'rule 1: a colon is needed', message: 'feat add it', kind: 'free', bump: 'none' },
  { name: 'rule 1: a space is needed', message: 'feat:add it', kind: 'free', bump: 'none' },
  {
    name: 'rule 1: a type is one noun',
    message: 'new feature: add it',
    kind: 'free',
    bump: 'none',
  },
  {
    name: 'rule 1: no space before the colon',
    message: 'feat : add it',
    kind: 'free',
    bump: 'none',
  },
  {
    name: 'rule 1: no space before the scope',
    message: 'feat (x): add it',
    kind: 'free',
    bump: 'none',
  },
  {
    name: 'rule 1: no space after the scope',
    message: 'feat(x) : add it',
    kind: 'free',
    bump: 'none',
  },
  { name: 'rule 2: feat', message: 'feat: a', type: 'feat', bump: 'minor' },
  { name: 'rule 3: fix', message: 'fix: a', type: 'fix', bump: 'patch' },
  {
    name: 'rule 4: scope with a hyphen',
    message: 'fix(api-client): a',
    scope: 'api-client',
    bump: 'patch',
  },
  {
    name: 'rule 4: scope with a slash and a dot',
    message: 'fix(src/api.ts): a',
    scope: 'src/api.ts',
    bump: 'patch',
  },
  { name: 'rule 4: an empty scope is none', message: 'fix(): a', kind: 'free', bump: 'none' },
  { name: 'rule 4: parentheses are closed', message: 'fix(api: a', kind: 'free', bump: 'none' },
  { name: 'rule 5: a description is needed', message: 'feat: ', kind: 'free', bump: 'none' },
  {
    name: 'rule 5: it follows the space at once',
    message: 'feat:  two spaces',
    kind: 'free',
    bump: 'none',
  },
  {
    name: 'rule 5: it may hold colons',
    message: 'fix: say: "x: y"',
    description: 'say: "x: y"',
    bump: 'patch',
  },
  {
    name: 'rule 6: body after one blank line',
    message: 'fix: a\n\nbody',
    body: 'body',
    faults: 0,
    bump: 'patch',
  },
  {
    name: 'rule 6: body without a blank line',
    message: 'fix: a\nbody',
    body: 'body',
    faults: 1,
    bump: 'patch',
  },
  {
    name: 'rule 6: more blank lines do no harm',
    message: 'fix: a\n\n\nbody',
    body: 'body',
    faults: 0,
    bump: 'patch',
  },
  {
    name: 'rule 7: paragraphs',
    message: 'fix: a\n\none\n\ntwo\nthree',
    body: 'one\n\ntwo\nthree',
    footers: [],
    bump: 'patch',
  },
  {
    name: 'rule 8: footer without a body',
    message: 'fix: a\n\nAcked-by: Z',
    body: null,
    footers: [footer('Acked-by', 'Z')],
    bump: 'patch',
  },
  {
    name: 'rule 8: space and hash',
    message: 'fix: a\n\nCloses #42',
    footers: [footer('Closes', '42')],
    bump: 'patch',
  },
  {
    name: 'rule 8: colon without a space is no footer',
    message: 'fix: a\n\nhttps://example.com',
    body: 'https://example.com',
    footers: [],
    bump: 'patch',
  },
  {
    name: 'rule 8: a value is needed',
    message: 'fix: a\n\nAcked-by:',
    body: 'Acked-by:',
    footers: [],
    bump: 'patch',
  },
  {
    name: 'rule 8: not without a blank line',
    message: 'fix: a\n\nbody\nAcked-by: Z',
    body: 'body\nAcked-by: Z',
    footers: [],
    bump: 'patch',
  },
  {
    name: 'rule 9: a token has no spaces',
    message: 'fix: a\n\nAcked by: Z',
    body: 'Acked by: Z',
    footers: [],
    bump: 'patch',
  },
  {
    name: 'rule 9: the exception',
    message: 'fix: a\n\nBREAKING CHANGE: b',
    footers: [footer('BREAKING CHANGE', 'b')],
    bump: 'major',
  },
  {
    name: 'rule 10: a value over several lines ends at the next token',
    message: 'fix: a\n\nNote: one\ntwo\n\nthree\nAcked-by: Z',
    footers: [footer('Note', 'one\ntwo\n\nthree'), footer('Acked-by', 'Z')],
    bump: 'patch',
  },
  {
    name: 'rule 10: a breaking change over paragraphs',
    message: 'feat: a\n\nbody\n\nBREAKING CHANGE: one\n\ntwo\n\nRefs: 1',
    body: 'body',
    breaking: ['one\n\ntwo'],
    footers: [footer('BREAKING CHANGE', 'one\n\ntwo'), footer('Refs', '1')],
    bump: 'major',
  },
  {
    name: 'rule 11: nothing marked, nothing broken',
    message: 'feat: drop everything',
    breaking: [],
    bump: 'minor',
  },
  {
    name: 'rule 12: upper case only',
    message: 'feat: a\n\nbreaking change: b',
    breaking: [],
    body: 'breaking change: b',
    bump: 'minor',
  },
  {
    name: 'rule 12: not in mixed case',
    message: 'fix: a\n\nBreaking Change: b',
    breaking: [],
    bump: 'patch',
  },
  {
    name: 'rule 12: a colon and no hash',
    message: 'fix: a\n\nBREAKING CHANGE #1',
    breaking: [],
    footers: [],
    bump: 'patch',
  },
  {
    name: 'rule 12: a description is needed',
    message: 'fix: a\n\nBREAKING CHANGE:',
    breaking: [],
    bump: 'patch',
  },
  {
    name: 'rule 12: the space is needed',
    message: 'fix: a\n\nBREAKING CHANGE:b',
    breaking: [],
    bump: 'patch',
  },
  {
    name: 'rule 12: not within a paragraph',
    message: 'fix: a\n\nbody\nBREAKING CHANGE: b',
    breaking: [],
    bump: 'patch',
  },
  {
    name: 'rule 12: not in plural',
    message: 'fix: a\n\nBREAKING CHANGES: b',
    breaking: [],
    bump: 'patch',
  },
  {
    name: 'rule 12: two of them',
    message: 'fix: a\n\nBREAKING CHANGE: b\nBREAKING CHANGE: c',
    breaking: ['b', 'c'],
    bump: 'major',
  },
  {
    name: 'rule 13: `!` right before the colon',
    message: 'feat!(api): a',
    kind: 'free',
    bump: 'none',
  },
  { name: 'rule 13: `!` with a space is none', message: 'feat !: a', kind: 'free', bump: 'none' },
  { name: 'rule 13: one `!`', message: 'feat!!: a', kind: 'free', bump: 'none' },
  { name: 'rule 13: `!` on a fix', message: 'fix!: a', breaking: ['a'], bump: 'major' },
  { name: 'rule 14: any other type', message: 'wibble: a', type: 'wibble', bump: 'none' },
  {
    name: 'rule 14: with `!` it breaks all the same',
    message: 'chore!: a',
    breaking: ['a'],
    bump: 'major',
  },
  { name: 'rule 15: upper-case type', message: 'FEAT: a', type: 'feat', bump: 'minor' },
  {
    name: 'rule 15: mixed-case type',
    message: 'Fix(API): a',
    type: 'fix',
    scope: 'API',
    bump: 'patch',
  },
  {
    name: 'rule 15: mixed-case type that breaks',
    message: 'Feat(API)!: a',
    breaking: ['a'],
    bump: 'major',
  },
  {
    name: 'rule 15: footer tokens in any case',
    message: 'fix: a\n\nACKED-BY: Z',
    footers: [footer('ACKED-BY', 'Z')],
    bump: 'patch',
  },
  {
    name: 'rule 16: BREAKING-CHANGE',
    message: 'fix: a\n\nBREAKING-CHANGE: b',
    breaking: ['b'],
    bump: 'major',
  },
  {
    name: 'rule 16: upper case there too',
    message: 'fix: a\n\nbreaking-change: b',
    breaking: [],
    footers: [footer('breaking-change', 'b')],
    bump: 'patch',
  },
  {
    name: 'rule 16: only as a footer',
    message: 'fix: BREAKING-CHANGE: b',
    breaking: [],
    description: 'BREAKING-CHANGE: b',
    bump: 'patch',
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
