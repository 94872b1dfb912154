/** Which files nobody wrote by hand: lockfiles, usual outputs, and what `.gitattributes` says is generated. */
import { type PathTest, pathTest } from './glob.js';

/** By name, wherever they lie. */
const lockfiles: ReadonlySet<string> = new Set([
  ...['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock'],
  ...['bun.lockb', 'deno.lock', 'Cargo.lock', 'composer.lock', 'Gemfile.lock', 'poetry.lock'],
  ...['Pipfile.lock', 'uv.lock', 'pdm.lock', 'go.sum', 'go.work.sum', 'flake.lock', 'mix.lock'],
  ...['Podfile.lock', 'pubspec.lock', 'Package.resolved', 'gradle.lockfile', 'packages.lock.json'],
  ...['.terraform.lock.hcl', 'Chart.lock', 'conan.lock', 'MODULE.bazel.lock', 'Manifest.toml'],
]);

const usualOutputs = pathTest([
  ...['**/*.min.js', '**/*.min.css', '**/*.map', '**/*.snap', '**/*.pb.go', '**/*_pb2.py'],
  ...['**/*.g.dart', '**/*.generated.*', '**/node_modules/**', '**/__generated__/**'],
]);

interface AttributeRule {
  readonly matches: PathTest;
  /** Null: unspecified, as if no line before had said anything. */
  readonly generated: boolean | null;
}

/**
 * The last line of `.gitattributes` that matches has the last word, before lockfiles and usual outputs.
 * @param attributes text of the file at the root; null without one
 * @param patterns what the policy adds
 */
export function generatedTest(attributes: string | null, patterns: readonly string[]): PathTest {
  const rules = attributes === null ? [] : readAttributes(attributes).toReversed();
  const added = pathTest(patterns);
  return (path) => {
    const told = rules.find(({ matches }) => matches(path))?.generated ?? null;
    if (told !== null) return told;
    return (
      added(path) || lockfiles.has(path.slice(path.lastIndexOf('/') + 1)) || usualOutputs(path)
    );
  };
}

/** Of the attributes only `linguist-generated`; macros and negative patterns have no meaning here. */
function readAttributes(text: string): readonly AttributeRule[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, quoted, plain, rest = ''] =
      /^\s*(?:"((?:[^"\\]|\\.)+)"|([^\s"#]\S*))\s+(.*)$/.exec(line) ?? [];
    const pattern = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (pattern === undefined || pattern.startsWith('!') || pattern.startsWith('[attr]')) return [];
    const told = rest.split(/\s+/).findLast((word) => attributeName.test(word));
    if (told === undefined) return [];
    return [{ matches: attributePattern(pattern), generated: valueOf(told) }];
  });
}

const attributeName = /^[-!]?linguist-generated(?:=.*)?$/;

function valueOf(word: string): boolean | null {
  if (word.startsWith('!')) return null;
  return !word.startsWith('-') && !word.endsWith('=false');
}

/** As in gitignore: without a slash it is a name anywhere, else a path from the root. */
function attributePattern(pattern: string): PathTest {
  const anchored = pattern.replace(/^\//, '');
  const glob = anchored === pattern && !pattern.includes('/') ? `**/${pattern}` : anchored;
  return pathTest([glob]);
}
