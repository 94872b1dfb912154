/** Who may import whom: the table of rooms as rules, type imports counted, no circles. */

/**
 * @typedef {object} Room
 * @property {string[]} rooms what it may import besides itself
 * @property {string[]} [packages] the complete list of packages, Node's own included; without it any
 * @property {Record<string, { rooms?: string[], packages?: string[] }>} [files] files that may more, by pattern, because that is what they are for
 */

/** A room that is not listed may not exist. @type {Record<string, Room>} */
const table = {
  domain: {
    rooms: [],
    packages: ['semver', 'minimatch'],
    // zod describes shapes; everything below the doors imports such files by type only.
    files: {
      '[^.]*schema[a-z-]*\\.ts$': { packages: ['zod'] },
      // Front matter is edited where it stands, so what reads it must know where everything stood.
      'issue-sync/front-matter[a-z-]*\\.ts$': { packages: ['yaml'] },
      'issue-sync/merge-body\\.ts$': { packages: ['node-diff3'] },
      // What is approved is approved by its digest, which nobody must be able to forge; Node's is not there in workflows.
      'issue-sync/digest\\.ts$': { packages: ['@noble/hashes'] },
      'ledger/chain\\.ts$': { packages: ['@noble/hashes', 'json-canonicalize'] },
    },
  },
  ports: { rooms: ['domain'], packages: [] },
  // Other programs of the machine, and our own processes: nothing is known here of what they are for.
  programs: { rooms: [] },
  adapters: {
    rooms: ['ports', 'domain', 'programs'],
  },
  activities: {
    rooms: ['ports', 'domain'],
    packages: ['@temporalio/activity', '@temporalio/common'],
    // The type of an activity interceptor is the worker's.
    files: { '[a-z]+-interceptor\\.ts$': { packages: ['@temporalio/worker'] } },
  },
  workflows: {
    rooms: ['activities', 'domain'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  workers: {
    rooms: ['workflows', 'activities', 'ports', 'domain', 'config'],
    files: { '(main|adapters)\\.ts$': { rooms: ['adapters'] } },
  },
  api: {
    rooms: ['workflows', 'ports', 'domain', 'config'],
    files: { 'main\\.ts$': { rooms: ['adapters'] } },
  },
  cli: {
    rooms: ['api/schemas', 'embedded', 'import', 'history', 'domain', 'config'],
    // What the workers would run is checked with their own code.
    files: { 'main\\.ts$': { rooms: ['adapters', 'workers'] } },
  },
  // Runs in browsers: of Node it knows nothing, of the API only the shapes.
  dashboard: { rooms: ['api/schemas', 'domain'], packages: ['preact'] },
  embedded: {
    rooms: ['config', 'domain', 'ports', 'programs'],
    // A dev server must be told the search attributes beforehand.
    files: { 'temporal-server\\.ts$': { rooms: ['workflows/search-attributes'] } },
  },
  playground: { rooms: ['domain'] },
  'github-standin': { rooms: ['domain', 'programs'] },
  config: { rooms: ['domain'] },
  // Text in, text out: whoever calls it reads and writes the files.
  import: { rooms: ['domain', 'config'], packages: ['yaml'] },
  // Likewise: looks of the past in, a picture out.
  history: { rooms: ['domain'], packages: ['csv-parse', 'd3-scale', 'd3-shape', 'zod'] },
};

/** @param {string[]} rooms */
const paths = (rooms) => rooms.map((room) => `^src/${room}(/|\\.ts$)`);
/** @param {string[]} packages */
const modules = (packages) => packages.map((name) => `(^|/)node_modules/(@types/)?${name}/`);
/** @param {string[]} names */
const list = (names) => names.join(', ') || 'nothing';

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const rules = [
  {
    name: 'no-circles',
    comment: 'A circle has no bottom to start reading from: move the shared words down a floor.',
    severity: 'error',
    from: { path: '^src/' },
    to: { circular: true },
  },
  {
    name: 'no-unresolved',
    comment: 'An import that leads nowhere is also one that no rule sees.',
    severity: 'error',
    from: { path: '^src/' },
    to: { couldNotResolve: true },
  },
  {
    name: 'src-stands-alone',
    comment: 'Tests, scripts and examples know src, never the other way round.',
    severity: 'error',
    from: { path: '^src/' },
    to: { path: '^(test|scripts|examples|bin)/' },
  },
  {
    name: 'adapters-keep-apart',
    comment: 'An adapter never imports another one; what they share belongs to ports or domain.',
    severity: 'error',
    from: { path: '^src/adapters/([^/]+)/' },
    to: { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
  },
];

for (const [room, { rooms, packages, files = {} }] of Object.entries(table)) {
  const within = `^src/${room}/`;
  const openings = Object.entries(files).map(([pattern, more]) => ({
    path: within + pattern,
    more,
  }));
  /** @type {{ path: string, except: string[], more: { rooms?: string[], packages?: string[] } }[]} */
  const groups = [{ path: within, except: openings.map(({ path }) => path), more: {} }];
  groups.push(...openings.map(({ path, more }) => ({ path, except: [], more })));
  for (const { path, except, more } of groups) {
    const mayRooms = [room, ...rooms, ...(more.rooms ?? [])];
    rules.push({
      name: `${room}-imports`,
      comment: `Of src, ${room} may import itself and ${list(rooms)}.`,
      severity: 'error',
      from: { path, pathNot: except },
      to: { path: '^src/', pathNot: paths(mayRooms) },
    });
    if (packages === undefined) continue;
    const mayPackages = [...packages, ...(more.packages ?? [])];
    rules.push({
      name: `${room}-packages`,
      comment: `Of packages and of Node, ${room} may use ${list(packages)}.`,
      severity: 'error',
      from: { path, pathNot: except },
      to: {
        couldNotResolve: false,
        pathNot: ['^(src|test|scripts|examples|bin)/', ...modules(mayPackages)],
      },
    });
  }
}

/** The rooms there may be, for the rule that there are no others. */
export const rooms = Object.keys(table);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: rules,
  options: {
    // The TypeScript 7 package has no compiler API, and without a parser nothing at all would be seen.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
