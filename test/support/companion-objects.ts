/** Autoscalers and disruption budgets as people put them beside a service, and where they point now. */
import {
  AutoscalingV2Api,
  CustomObjectsApi,
  PolicyV1Api,
  setHeaderOptions,
  PatchStrategy,
  type V1LabelSelector,
  type V1OwnerReference,
  type V1PodDisruptionBudget,
  type V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node';
import type { TestCluster } from '../bed/cluster.js';

const scaledObjects = { group: 'keda.sh', version: 'v1alpha1', plural: 'scaledobjects' } as const;

export interface ScaledObject {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly scaleTargetRef: { readonly name: string } };
}

export function companionsOf(cluster: TestCluster, namespace: string) {
  const scaling = cluster.admin.makeApiClient(AutoscalingV2Api);
  const policy = cluster.admin.makeApiClient(PolicyV1Api);
  const objects = cluster.admin.makeApiClient(CustomObjectsApi);
  return {
    /** Without metrics it only holds its bounds. */
    async scale(name: string, deployment: string, minReplicas: number, owner?: V1OwnerReference) {
      const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment };
      const body: V2HorizontalPodAutoscaler = {
        metadata: { name, ...(owner && { ownerReferences: [owner] }) },
        spec: { scaleTargetRef, minReplicas, maxReplicas: 9 },
      };
      await scaling.createNamespacedHorizontalPodAutoscaler({ namespace, body });
    },
    async point(name: string, deployment: string) {
      await scaling.patchNamespacedHorizontalPodAutoscaler(
        { namespace, name, body: { spec: { scaleTargetRef: { name: deployment } } } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
    },
    async raise(name: string, minReplicas: number) {
      await scaling.patchNamespacedHorizontalPodAutoscaler(
        { namespace, name, body: { spec: { minReplicas } } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
    },
    scaler: (name: string): Promise<V2HorizontalPodAutoscaler> =>
      scaling.readNamespacedHorizontalPodAutoscaler({ namespace, name }),
    async scaledTo(name: string) {
      return (await this.scaler(name)).spec?.scaleTargetRef.name;
    },
    async guard(name: string, selector: V1LabelSelector) {
      const body = { metadata: { name }, spec: { minAvailable: 1, selector } };
      await policy.createNamespacedPodDisruptionBudget({ namespace, body });
    },
    budget: (name: string): Promise<V1PodDisruptionBudget> =>
      policy.readNamespacedPodDisruptionBudget({ namespace, name }),
    async scaleByEvents(name: string, deployment: string) {
      const body = {
        apiVersion: 'keda.sh/v1alpha1',
        kind: 'ScaledObject',
        metadata: { name },
        spec: {
          scaleTargetRef: { name: deployment },
          triggers: [{ type: 'cpu', metadata: { value: '50' } }],
        },
      };
      const { metadata } = await objects.createNamespacedCustomObject({
        ...{ ...scaledObjects, namespace, body },
      });
      return metadata as { readonly uid: string };
    },
    scaledObject: (name: string): Promise<ScaledObject> =>
      objects.getNamespacedCustomObject({ ...scaledObjects, namespace, name }),
  };
}
