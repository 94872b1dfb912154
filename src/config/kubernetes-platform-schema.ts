/** How a platform on Kubernetes is written down: where it is, and which router divides its traffic. */
import { z } from 'zod';
import { nameText, urlText } from '../domain/schema-parts.js';

const placed = '{service}, {environment} and {region} are filled in.';

const placedText = (what: string) =>
  z.string().min(1).default('{service}').describe(`${what} ${placed}`);

const common = {
  backend: placedText('Name of the Service that users have now; what sends to it is ours.'),
  metrics: urlText.describe('Prometheus endpoint of the gateway, one process of it.'),
  url: z.string().min(1).optional().describe(`Where users reach a target. ${placed}`),
};

const gatewayApiSchema = z.strictObject({
  kind: z.literal('gateway-api'),
  routeKind: z.enum(['HTTPRoute', 'GRPCRoute']).default('HTTPRoute'),
  route: placedText('Name of the route, one for each target.'),
  ...common,
});

const serviceSelectorSchema = z.strictObject({
  kind: z.literal('service-selector').describe('Blue-green: the Service is turned as a whole.'),
  ...common,
});

const replicaShareSchema = z.strictObject({
  kind: z.literal('replica-share').describe('The number of pods behind one Service is the share.'),
  ...common,
});

const routerSchema = z.discriminatedUnion('kind', [
  serviceSelectorSchema,
  replicaShareSchema,
  gatewayApiSchema,
]);

export const kubernetesPlatformSchema = z.strictObject({
  kind: z.literal('kubernetes'),
  namespace: nameText,
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe('Absolute path; default: as kubectl finds it, or the service account of the pod.'),
  context: z.string().min(1).optional(),
  router: routerSchema,
});

export type RouterSettings = z.output<typeof routerSchema>;
