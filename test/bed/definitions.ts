/** Custom resource definitions of the bed: applied from folders of YAML, and waited for until they are served. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiextensionsV1Api,
  CustomObjectsApi,
  type KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type V1CustomResourceDefinition,
} from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';

/** Of other projects, whose objects are written here without anything that acts on them. */
export const foreignDefinitions = join(import.meta.dirname, 'crds');

const kind = 'CustomResourceDefinition';
const withinMs = 30_000;

/** The definitions in every `*.yaml` of the folder, as they are written there. @throws on YAML that cannot be read */
export function readDefinitions(folder: string): readonly V1CustomResourceDefinition[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return files.sort().flatMap((file) => {
    const documents = parseAllDocuments(readFileSync(join(folder, file), 'utf8'));
    return documents.flatMap((document) => {
      const [fault] = document.errors;
      if (fault !== undefined) throw new Error(`${file}: ${fault.message}`);
      const value = document.toJS() as V1CustomResourceDefinition | null;
      return value?.kind === kind ? [value] : [];
    });
  });
}

/** Server-side apply of each, all at once. @throws naming the definition that is refused, or not served in time */
export async function applyDefinitions(
  admin: KubeConfig,
  definitions: readonly V1CustomResourceDefinition[],
): Promise<void> {
  const api = admin.makeApiClient(ApiextensionsV1Api);
  await Promise.all(
    definitions.map(async (body) => {
      const name = body.metadata?.name ?? '';
      try {
        await api.patchCustomResourceDefinition(
          { name, body, fieldManager: 'bed', force: true },
          setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
        );
      } catch (error) {
        throw new Error(`the CRD ${name} cannot be applied`, { cause: error });
      }
    }),
  );
  const isServed = async (name: string) => {
    const { spec, status } = await api.readCustomResourceDefinition({ name });
    const isEstablished = status?.conditions?.some(
      (each) => each.type === 'Established' && each.status === 'True',
    );
    const { group, names, versions } = spec;
    const listed = { group, plural: names.plural, version: versions[0]?.name ?? '' };
    // Its storage begins after that, and refuses meanwhile.
    return isEstablished === true && (await isListed(listed));
  };
  const isListed = (listed: { group: string; plural: string; version: string }) =>
    admin
      .makeApiClient(CustomObjectsApi)
      .listClusterCustomObject(listed)
      .then(
        () => true,
        () => false,
      );
  const waiting = new Set(definitions.map(({ metadata }) => metadata?.name ?? ''));
  for (const untilMs = Date.now() + withinMs; waiting.size > 0; await sleep(50)) {
    for (const name of waiting) if (await isServed(name)) waiting.delete(name);
    if (Date.now() > untilMs && waiting.size > 0) {
      throw new Error(`not established in ${withinMs} ms: ${[...waiting].join(', ')}`);
    }
  }
}
