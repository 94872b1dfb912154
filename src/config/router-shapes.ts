/** How the routers of other projects are written down: which object divides the traffic, and what stands beside it. */
import { z } from 'zod';

const placed = '{service}, {environment} and {region} are filled in.';

export const placedText = (what: string) =>
  z.string().min(1).default('{service}').describe(`${what} ${placed}`);

const optionalText = (what: string) => z.string().min(1).optional().describe(`${what} ${placed}`);

export const istioShape = {
  kind: z.literal('istio'),
  route: placedText('Name of the VirtualService, one for each target.'),
  destinationRule: optionalText(
    'Name of the DestinationRule of the Service: copied for the Service of each revision.',
  ),
  awaitStatus: z
    .boolean()
    .default(false)
    .describe('istiod writes the status of VirtualServices: a split holds once it says so.'),
};

export const ingressNginxShape = {
  kind: z.literal('ingress-nginx'),
  route: placedText('Name of the Ingress, one for each target; <name>-canary beside it is ours.'),
};

export const awsAlbShape = {
  kind: z.literal('aws-alb'),
  route: placedText('Name of the Ingress, one for each target.'),
};

export const traefikServiceShape = {
  kind: z.literal('traefik-service'),
  route: placedText('Name of the TraefikService, one for each target.'),
  ingressRoute: optionalText(
    'Name of the IngressRoute that leads to it, one for each target: needed for testers.',
  ),
};
