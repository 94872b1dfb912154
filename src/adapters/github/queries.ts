/** Everything that is asked by GraphQL; a test holds it against GitHub's published schema. */

const branchFields = `
  fragment branchFields on Ref {
    name
    target {
      oid
      ... on Commit {
        committedDate
        author { name user { login } }
      }
    }
    associatedPullRequests(states: OPEN, first: 20) { nodes { number } }
    branchProtectionRule { id }
    rules(first: 100) { pageInfo { hasNextPage } nodes { type } }
  }`;

export const listBranchesQuery = `
  query listBranches($owner: String!, $name: String!, $first: Int!, $after: String) {
    repository(owner: $owner, name: $name) {
      refs(refPrefix: "refs/heads/", first: $first, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { ...branchFields }
      }
    }
  }
  ${branchFields}`;

export const readBranchQuery = `
  query readBranch($owner: String!, $name: String!, $ref: String!) {
    repository(owner: $owner, name: $name) {
      ref(qualifiedName: $ref) { ...branchFields }
    }
  }
  ${branchFields}`;

export const updateRefsMutation = `
  mutation updateRefs($input: UpdateRefsInput!) {
    updateRefs(input: $input) { clientMutationId }
  }`;

export const createLinkedBranchMutation = `
  mutation createLinkedBranch($input: CreateLinkedBranchInput!) {
    createLinkedBranch(input: $input) { linkedBranch { ref { name target { oid } } } }
  }`;

export const commitMutation = `
  mutation createCommitOnBranch($input: CreateCommitOnBranchInput!) {
    createCommitOnBranch(input: $input) { commit { oid } }
  }`;

/** As the fragment asks for it. */
export interface BranchAnswer {
  readonly name: string;
  readonly target: {
    readonly oid: string;
    readonly committedDate?: string;
    readonly author?: {
      readonly name: string | null;
      readonly user: { readonly login: string } | null;
    } | null;
  } | null;
  readonly associatedPullRequests: {
    readonly nodes: readonly ({ readonly number: number } | null)[];
  };
  readonly branchProtectionRule: { readonly id: string } | null;
  readonly rules: {
    readonly pageInfo: { readonly hasNextPage: boolean };
    readonly nodes: readonly ({ readonly type: string } | null)[];
  } | null;
}
