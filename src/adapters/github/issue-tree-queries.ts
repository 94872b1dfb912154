/** Refs, files and their last commits by GraphQL: many in one call, each under a name of its own. */

/** Who is asked at most in one call: GitHub gives a call ten seconds. */
export const filesInCall = 50;

/** Where refs are; `r0` and on, as they were asked. @param file of each of them that is told too */
export function refsQuery(count: number, file: string | null): string {
  const text = file === null ? '' : `file(path: ${JSON.stringify(file)}) { ...file }`;
  const fields = numbered(
    count,
    (n) => `r${n}: ref(qualifiedName: $r${n}) {
      prefix name target { oid ... on Commit { tree { oid } ${text} } }
    }`,
  );
  return `query treeRefs($owner: String!, $name: String!, ${variables('r', count, 'String!')}) {
    repository(owner: $owner, name: $name) { id ${fields} }
  } ${file === null ? '' : fileFragment}`;
}

const fileFragment = `
  fragment file on TreeEntry {
    mode oid object { ... on Blob { byteSize isBinary isTruncated text } }
  }`;

export interface RefsAnswer {
  readonly repository:
    | ({ readonly id: string } & {
        readonly [alias: `r${number}`]: {
          readonly prefix: string;
          readonly name: string;
          readonly target: {
            readonly oid: string;
            readonly tree?: { readonly oid: string };
            readonly file?: FileAnswer | null;
          } | null;
        } | null;
      })
    | null;
}

/**
 * Files of a commit, `f0` and on, with the last commit of each where that is asked (`h0`); of an older commit
 * what lay there (`o0`).
 */
export function filesQuery(count: number, olds: number, withHistory: boolean): string {
  const files = numbered(
    count,
    (n) =>
      `f${n}: file(path: $f${n}) { ...file } ${withHistory ? `h${n}: history(first: 1, path: $f${n}) { nodes { ...made } }` : ''}`,
  );
  const before = numbered(olds, (n) => `o${n}: file(path: $o${n}) { mode oid }`);
  const given = [
    ...['$owner: String!', '$name: String!', '$commit: GitObjectID!'],
    variables('f', count, 'String!'),
    ...(olds > 0 ? ['$old: GitObjectID!', variables('o', olds, 'String!')] : []),
  ];
  const old = olds > 0 ? `old: object(oid: $old) { ... on Commit { ${before} } }` : '';
  return `query treeFiles(${given.filter((one) => one !== '').join(', ')}) {
    repository(owner: $owner, name: $name) {
      commit: object(oid: $commit) { ... on Commit { ...made tree { oid } ${files} } }
      ${old}
    }
  }
  fragment made on Commit { oid author { name email date } }
  ${count > 0 ? fileFragment : ''}`;
}

export interface MadeAnswer {
  readonly oid: string;
  readonly author: {
    readonly name: string | null;
    readonly email: string | null;
    readonly date: string | null;
  } | null;
}

export interface FileAnswer {
  readonly mode: number;
  readonly oid: string;
  readonly object?: {
    readonly byteSize?: number;
    readonly isBinary?: boolean | null;
    readonly isTruncated?: boolean;
    readonly text?: string | null;
  } | null;
}

export interface FilesAnswer {
  readonly repository: {
    readonly commit:
      | (MadeAnswer & { readonly tree: { readonly oid: string } } & {
          readonly [alias: `f${number}`]: FileAnswer | null;
        } & {
          readonly [alias: `h${number}`]: { readonly nodes: readonly (MadeAnswer | null)[] };
        })
      | null;
    readonly old?: { readonly [alias: `o${number}`]: FileAnswer | null } | null;
  } | null;
}

export const logQuery = `
  query treeLog(
    $owner: String!, $name: String!, $commit: GitObjectID!, $path: String, $first: Int!, $after: String
  ) {
    repository(owner: $owner, name: $name) {
      object(oid: $commit) {
        ... on Commit {
          history(first: $first, after: $after, path: $path) {
            pageInfo { hasNextPage endCursor }
            nodes { oid committedDate message }
          }
        }
      }
    }
  }`;

export interface LogAnswer {
  readonly repository: {
    readonly object: {
      readonly history?: {
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
        readonly nodes: readonly ({
          readonly oid: string;
          readonly committedDate: string;
          readonly message: string;
        } | null)[];
      };
    } | null;
  } | null;
}

function numbered(count: number, field: (n: number) => string): string {
  return Array.from({ length: count }, (_none, n) => field(n)).join('\n');
}

function variables(letter: string, count: number, type: string): string {
  return Array.from({ length: count }, (_none, n) => `$${letter}${n}: ${type}`).join(', ');
}
