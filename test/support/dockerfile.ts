/** The Dockerfile of this project, as far as tests look at it: its stages and what the last one sets. */
import { readFileSync } from 'node:fs';
import { DockerfileParser } from 'dockerfile-ast';

export const dockerfileText = readFileSync('Dockerfile', 'utf8');

/** What `ENV` says in it, last one first counted. */
export function imageEnvironment(text = dockerfileText): Record<string, string> {
  const properties = DockerfileParser.parse(text)
    .getENVs()
    .flatMap((env) => env.getProperties());
  return Object.fromEntries(properties.map((each) => [each.getName(), each.getValue() ?? '']));
}
