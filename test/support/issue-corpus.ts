/** Awkward files of issues, the same at every run: every head with every body, in several line ends, and hostile ones. */

const heads: readonly string[] = [
  '---\ntitle: Search is slow\n---\n',
  '---\n# a comment first\ntitle:   Search is slow   # and behind\nstate: open\nowner: ada # ours\n---\n',
  '---\ntitle: "Quoted: \\"yes\\" \\u2603"\nstate: closed\nreason: not_planned\n---\n',
  "---\ntitle: 'it''s single'\nlabels: [bug, \"good first issue\", 'p1'] # three\nassignees: [ada]\n---\n",
  '---\ntitle: >-\n  folded over\n  two lines\nlabels:\n  - bug # why\n  - "needs: triage"\n  # below\nmilestone: v1.10\n---\n',
  '---\ntitle: |\n  a block\nmilestone: 1.10\nlabels:\n- one\n- two\n---\n',
  '---\nanchors: &a {x: [1, 2]}\nmore: *a\ntitle: &t Anchored\nalias: *t\n---\n',
  '---\nlabels: &l [a, b]\nwatch: *l\ntitle: Aliases\nassignees: []\nmilestone:\n---\n',
  '---\ntitle: Linked\ngithub: {id: I_kwDO1, number: 7, repo: acme/shop}\n---\n',
  '---\ngithub:\n  id: "I_1"   # node\n  number: 12\n  repo: acme/shop\n  extra: 1\ntitle: Linked below\n---\n',
  '---\n{title: In braces, labels: [x], other: {y: 1}}\n---\n',
  '---\n  title: Indented\n  state: open\n  keep: |\n    ---- not an end\n    text\n---   \n',
  '---\ntitle: 検索が遅い 🐌\nlabels: [バグ, "🚀", "ümläut"]\n"quoted key": 1\n? plain\n: value\n---\n',
  '---\nowner: nobody\n---\n# Title from a heading\n',
  '# Heading only\n',
  '\n\n   # Heading after blank lines ##\n\n',
  '---\n---\n# Empty front matter\n',
  '---\ntitle: 2026-11-21\nstate: Closed\nlabels: 42\ndue: 2026-12-24\nyes: no\nlist:\n  - - nested\n    - deep\n---\n',
  '---\ntitle: "null"\nmilestone: ~\nlabels:\nassignees:\n  - "@ada"\n  - bob\n\n\ntail: end # last\n---\n',
  '---\ntitle: tabs\there\t\nstate:\topen\n"a:b": "c # d"\nurl: https://example.org/#x\n---\n',
  "---\ntitle: Styles\nlabels: [ a,b , 'c' ,]\nassignees: [\n  ada, # first\n  bob\n]\nx: {y: [1,\n 2]}\n---\n",
  '---\nlabels: [x]\n\n# about the title\ntitle: Last of all\n---\n',
  '---\nzz: |+\n  kept\n\n\ntitle: After a block\nempty: ""\nmulti: "a\n  b"\n---\n',
];

const bodies: readonly string[] = [
  '',
  '\n',
  'One line without an end',
  '\nText.\n',
  '\n\n\nText after and before blank lines.\n\n\n\n',
  '\nA rule:\n\n---\n\nand another\n\n***\n---\n',
  '\n```yaml\n---\ntitle: not front matter\n---\n```\n',
  '\n~~~\n```\n/comment\n~~~\nafter\n',
  '\n````md\n```\n---\n```\n````\n\n    indented code\n\ttabbed\n',
  '\n    code first\n\n- [ ] task\n- [x] done\n  1. nested\n',
  '\n<!-- an HTML comment -->\n<details>\n<summary>More</summary>\n\nx\n\n</details>\n',
  '\n<!-- sluice:issue-sync/other -->\nText with a marker above.\n',
  '\nAn escaped `<!-- sluice:\\issue-sync/comments -->` inside.\n\\/comment\n\\\\/comment  \n',
  '\nTrailing spaces  \nkept.   \n\u00a0\nnbsp line above, zero\u200bwidth\n',
  '\n👩‍👩‍👧‍👦 emoji, RTL \u202eabc\u202c, combining e\u0301, \u2028 separators \u2029.\n',
  '\n# Heading one\n\n## Two\n\n| a | b |\n|---|---|\n| `|` | \\| |\n',
  '\n<<<<<<< ours\nconflict of git in text\n=======\nother\n>>>>>>> theirs\n',
  '\nUnclosed fence:\n\n```js\nconst x = 1;\n',
  '\n$&, $1, $$, $`, \\n, \\\\, %s, {{x}}, ${y}, \u0001 control\n',
  '\n@ada #12 GH-3 acme/shop#4 https://example.org/?a=b&c=d#e\n\n[link]: <x> "t"\n',
  '\n...\n%YAML 1.2\n--- # no\n!!js/function x\n',
  `\n${'lorem ipsum dolor sit amet '.repeat(400)}\n`,
];

const endings: readonly string[] = [
  '',
  '\n<!-- sluice:issue-sync/comments -->\n\n**@ada**, 2026-11-21 10:00 UTC <!-- sluice:issue-sync/comment 123 @ada 2026-11-21T10:00:00.000Z 2026-11-21T10:00:00.000Z -->\n\nFirst comment.\n\n```\n<!-- fenced -->\n```\n\n**@bob\\_b** said <!-- sluice:issue-sync/comment 124 @bob_b 2026-11-21T10:01:00Z 2026-11-21T11:00:00Z -->\nSecond,\n\nwith **markdown**.\n',
  '\n/comment\nA new one.\n\n/comment\n\nAnother new one.\n',
  '\n\n<!-- sluice:issue-sync/comments -->\n',
  '\n<!-- sluice:issue-sync/comments -->\n<!-- sluice:issue-sync/comment 9 @dependabot%5Bbot%5D 2026-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z -->\nUnclosed:\n```\n<!-- sluice:issue-sync/comment 10 @x 2026-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z -->\n\n/comment\nAsked.',
];

export interface CorpusFile {
  readonly name: string;
  readonly text: string;
}

/** Every head with every body; comments, line ends and marks in turn. */
export function awkwardFiles(): readonly CorpusFile[] {
  const files: CorpusFile[] = [];
  for (const [h, head] of heads.entries()) {
    for (const [b, body] of bodies.entries()) {
      const isUnclosed = body.includes('Unclosed fence');
      const turn = h * 7 + b;
      const ending = endings[isUnclosed ? 1 : turn % endings.length] ?? '';
      const needsEnd = ending !== '' && !(head + body).endsWith('\n');
      const text = head + body + (needsEnd ? '\n' : '') + ending;
      const crlf = turn % 3 === 1 ? text.replace(/\n/g, '\r\n') : text;
      const mixed = turn % 11 === 5 ? text.replace(/\n(?=[A-Z])/g, '\r\n') : crlf;
      const marked = turn % 5 === 2 ? `\uFEFF${mixed}` : mixed;
      files.push({ name: `head ${h}, body ${b}`, text: marked });
    }
  }
  return [...files, ...wholeFiles()];
}

function wholeFiles(): readonly CorpusFile[] {
  const megabyte = Array.from({ length: 20_000 }, (_, at) => `line ${at} ${'x'.repeat(40)}`);
  return [
    { name: '1 MB in lines', text: `---\ntitle: Long\n---\n\n${megabyte.join('\n')}\n` },
    { name: '1 MB in one line', text: `---\ntitle: Wide\n---\n\n${'wide '.repeat(200_000)}\n` },
    { name: '1 MB of blank lines', text: `# Blank\n\na\n${'\n'.repeat(1_000_000)}b\n` },
    { name: '1 MB of fences', text: `# Fences\n\n${'```\nx\n'.repeat(150_000)}` },
    { name: 'lone carriage returns', text: '---\ntitle: Old\n---\nold\rmac\rlines\r' },
    {
      name: 'many labels',
      text: `---\ntitle: Many\nlabels: [${Array.from({ length: 500 }, (_, at) => `l${at}`).join(', ')}]\n---\n`,
    },
  ];
}

export interface HostileFile extends CorpusFile {
  /** Of the fault, from 1. */
  readonly line: number;
}

/** Refused with their line; nothing in them is run, expanded or believed. */
export const hostileFiles: readonly HostileFile[] = [
  {
    name: 'a tag that runs',
    line: 3,
    text: '---\ntitle: x\nrun: !!js/function "function(){throw 1}"\n---\n',
  },
  { name: 'a tag of its own', line: 2, text: '---\ntitle: !evil x\n---\n' },
  {
    name: 'python',
    line: 2,
    text: '---\na: !!python/object/apply:os.system ["id"]\ntitle: x\n---\n',
  },
  { name: 'a prototype', line: 3, text: '---\ntitle: x\n__proto__: {polluted: true}\n---\n' },
  { name: 'a prototype below', line: 4, text: '---\ntitle: x\na:\n  __proto__: 1\n---\n' },
  { name: 'deep lists', line: 2, text: `---\na: ${'['.repeat(20_000)}\n---\n` },
  {
    name: 'deep lists, closed',
    line: 2,
    text: `---\na: ${'['.repeat(3000)}${']'.repeat(3000)}\n---\n`,
  },
  { name: 'deep blocks', line: 3, text: `---\na:\n  ${'- '.repeat(10_000)}x\n---\n` },
  {
    name: 'a bomb of aliases',
    line: 6,
    text: `---\ntitle: x\na: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]\n---\n`,
  },
  { name: 'an alias of nothing', line: 3, text: '---\ntitle: x\na: *nobody\n---\n' },
  { name: 'no end', line: 1, text: '---\ntitle: x\n\nText\n' },
  { name: 'a key twice', line: 3, text: '---\ntitle: x\ntitle: y\n---\n' },
  { name: 'no YAML', line: 3, text: '---\ntitle: [x\n---\n' },
  { name: 'a list', line: 2, text: '---\n- title\n---\n' },
  { name: 'a title that is a map', line: 2, text: '---\ntitle: {a: 1}\n---\n' },
  { name: 'a key that is a list', line: 3, text: '---\ntitle: x\n? [a]\n: b\n---\n' },
  { name: 'an unknown state', line: 3, text: '---\ntitle: x\nstate: done\n---\n' },
  {
    name: 'an unknown reason',
    line: 4,
    text: '---\ntitle: x\nstate: closed\nreason: bored\n---\n',
  },
  { name: 'a label that is a map', line: 4, text: '---\ntitle: x\nlabels:\n  - {a: 1}\n---\n' },
  { name: 'a link without a number', line: 3, text: '---\ntitle: x\ngithub: {id: I_1}\n---\n' },
  { name: 'a link that is text', line: 3, text: '---\ntitle: x\ngithub: I_1\n---\n' },
  { name: 'a negative link', line: 3, text: '---\ntitle: x\ngithub: {number: -1}\n---\n' },
  { name: 'no title', line: 1, text: 'Only text.\n' },
  { name: 'no title below front matter', line: 3, text: '---\nstate: open\n---\ntext\n' },
  { name: 'an empty file', line: 1, text: '' },
  {
    name: 'a conflict in the front matter',
    line: 2,
    text: '---\n<<<<<<< file\ntitle: x\n=======\ntitle: y\n>>>>>>> github\n---\n',
  },
  { name: 'a tab for indentation', line: 3, text: '---\na:\n\tb: 1\ntitle: x\n---\n' },
  { name: 'too much of it', line: 1, text: `---\ntitle: x\na: ${'y'.repeat(70_000)}\n---\n` },
  {
    name: 'text of no comment',
    line: 6,
    text: '---\ntitle: x\n---\n\n<!-- sluice:issue-sync/comments -->\nwhose?\n',
  },
  {
    name: 'a comment twice',
    line: 6,
    text: '---\ntitle: x\n---\n<!-- sluice:issue-sync/comments -->\n<!-- sluice:issue-sync/comment 1 @a 2026-01-01T00:00:00Z 2026-01-01T00:00:00Z -->\n<!-- sluice:issue-sync/comment 1 @a 2026-01-01T00:00:00Z 2026-01-01T00:00:00Z -->\n',
  },
  {
    name: 'a comment without times',
    line: 5,
    text: '---\ntitle: x\n---\n<!-- sluice:issue-sync/comments -->\n<!-- sluice:issue-sync/comment 1 @a -->\n',
  },
];
