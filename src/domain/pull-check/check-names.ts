/** What is checked of a pull request, and the types of commits that are usual. */

/** In the order in which they are shown. */
export const checkNames = [
  'title',
  'size',
  'labels',
  'changelog',
  'apiDocs',
  'commits',
  'breaking',
  'template',
] as const;

export type PullCheckName = (typeof checkNames)[number];

/** The types of conventional-commit-types, in its order. */
export const usualTypes = [
  ...['feat', 'fix', 'docs', 'style', 'refactor', 'perf'],
  ...['test', 'build', 'ci', 'chore', 'revert'],
] as const;
