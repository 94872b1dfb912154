/** All pages of a list, or a failure: a page that does not come is not an empty one. */
import type { Octokit } from '@octokit/rest';

/** A method of `octokit.rest` that answers with a list, or with an object that holds one. */
type ListMethod<P, D> = (parameters?: P) => Promise<{ data: D; headers: { link?: string } }>;

/** One after the other, so that who stops early spares the rest. */
export async function* readPages<P extends object, D>(
  octokit: Octokit,
  method: ListMethod<P, D>,
  parameters: P,
): AsyncGenerator<D> {
  let answer = await method({ ...parameters, per_page: 100 });
  for (;;) {
    yield answer.data;
    const next = nextOf(answer.headers.link);
    if (next === null) return;
    // The address of the next page carries all parameters, and names the repository by its number.
    answer = (await octokit.request({ method: 'GET', url: next })) as typeof answer;
  }
}

/** @param pick the list in an answer */
export async function readAll<P extends object, D, T>(
  octokit: Octokit,
  method: ListMethod<P, D>,
  parameters: P,
  pick: (answer: D) => readonly T[],
): Promise<T[]> {
  const all: T[] = [];
  for await (const page of readPages(octokit, method, parameters)) all.push(...pick(page));
  return all;
}

function nextOf(link: string | undefined): string | null {
  return /<([^<>]+)>;\s*rel="next"/.exec(link ?? '')?.[1] ?? null;
}
