/** How a platform on Kubernetes is written down: where it is, and which router divides its traffic. */
import { z } from 'zod';
import { nameText } from '../domain/schema-parts.js';
import { metricsSchema } from './counters-schema.js';
import {
  awsAlbShape,
  ingressNginxShape,
  istioShape,
  placedText,
  traefikServiceShape,
} from './router-shapes.js';

const placed = '{service}, {environment} and {region} are filled in.';

const common = {
  backend: placedText('Name of the Service that users have now; what sends to it is ours.'),
  metrics: metricsSchema,
  url: z.string().min(1).optional().describe(`Where users reach a target. ${placed}`),
};

const gatewayApiSchema = z.strictObject({
  kind: z.literal('gateway-api'),
  routeKind: z.enum(['HTTPRoute', 'GRPCRoute']).default('HTTPRoute'),
  route: placedText('Name of the route, one for each target.'),
  mirrors: z
    .enum(['all', 'percent'])
    .optional()
    .describe(
      'Its gateway has the filter RequestMirror: for all requests, or for a percentage too. Needed for mirror steps.',
    ),
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
  z.strictObject({ ...istioShape, ...common }),
  z.strictObject({ ...ingressNginxShape, ...common }),
  z.strictObject({ ...awsAlbShape, ...common }),
  z.strictObject({ ...traefikServiceShape, ...common }),
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
