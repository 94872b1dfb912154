/** Questions to the cluster beside its objects: what it would make of a write, what it says of pods, what others run. */
import type { KubernetesObject, ObjectKind } from './objects.js';
import { Failure } from '../../domain/failures.js';

export interface Inspection {
  /** What server-side apply would leave there; nothing changes. @throws InvalidInput with faults by field; Forbidden */
  applied<Kind extends KubernetesObject>(kind: ObjectKind<Kind>, object: Kind): Promise<Kind>;
  /** What would be created, through admission and with every default; nothing changes. @throws as `applied` */
  created<Kind extends KubernetesObject>(kind: ObjectKind<Kind>, object: object): Promise<Kind>;
  /** Asks for its metadata alone: no value leaves the API server. */
  has(kind: ObjectKind<KubernetesObject>, name: string): Promise<boolean>;
  /** In this namespace, or in all: that is a right over the cluster. @param fields a field selector */
  listBy<Kind extends KubernetesObject>(
    kind: ObjectKind<Kind>,
    fields: string,
    where?: 'namespace' | 'cluster',
  ): Promise<readonly Kind[]>;
  /** The last lines that a container of a pod wrote. */
  readLog(pod: string, container: string, lines: number): Promise<string>;
}

export interface Transport {
  /** @throws what the API server refused, as a failure of this project */
  send(
    method: 'GET' | 'PATCH' | 'POST',
    path: string,
    type?: string,
    body?: object,
    accept?: string,
  ): Promise<string>;
  pathOf(kind: ObjectKind<KubernetesObject>, name?: string): string;
  readonly fieldManager: string;
}

const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
/** More than any tail that is shown; a line can be endless. */
const mostLogBytes = 65_536;

export function inspect({ send, pathOf, fieldManager }: Transport): Inspection {
  const dry = `dryRun=All&fieldManager=${fieldManager}`;
  return {
    async applied(kind, object) {
      const path = `${pathOf(kind, object.metadata.name)}?${dry}&force=true`;
      return JSON.parse(await send('PATCH', path, 'application/apply-patch+yaml', object));
    },
    async created(kind, object) {
      return JSON.parse(await send('POST', `${pathOf(kind)}?${dry}`, 'application/json', object));
    },
    async has(kind, name) {
      try {
        await send('GET', pathOf(kind, name), undefined, undefined, metadataOnly);
        return true;
      } catch (error) {
        if (error instanceof Failure && error.code === 'NotFound') return false;
        throw error;
      }
    },
    async listBy(kind, fields, where = 'namespace') {
      const group = kind.apiVersion.includes('/') ? 'apis' : 'api';
      const path =
        where === 'namespace' ? pathOf(kind) : `/${group}/${kind.apiVersion}/${kind.plural}`;
      const query = fields === '' ? '' : `?fieldSelector=${encodeURIComponent(fields)}`;
      return JSON.parse(await send('GET', `${path}${query}`)).items;
    },
    readLog(pod, container, lines) {
      const kind = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' };
      const query = `container=${encodeURIComponent(container)}&tailLines=${lines}&limitBytes=${mostLogBytes}`;
      return send('GET', `${pathOf(kind, pod)}/log?${query}`);
    },
  };
}
