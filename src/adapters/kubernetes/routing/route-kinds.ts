/** Objects of other projects that divide traffic: the parts that are read or written here. */
import type { Condition, KubernetesObject, ObjectKind } from '../objects.js';

/** Exactly one of them is given. */
export interface StringMatch {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}

export interface MeshDestination {
  readonly destination: { readonly host: string; readonly subset?: string };
  readonly weight?: number;
}

/** Where copies of requests go: of all of them without a percentage. */
export interface MeshMirror {
  readonly destination: MeshDestination['destination'];
  readonly percentage?: { readonly value?: number };
}

/** An entry of `http`, `tls` or `tcp`; only `http` matches headers. */
export interface MeshRule {
  readonly name?: string;
  readonly match?: readonly { readonly headers?: Readonly<Record<string, StringMatch>> }[];
  readonly route?: readonly MeshDestination[];
  /** Never beside `mirrors`. */
  readonly mirror?: object;
  readonly mirrors?: readonly MeshMirror[];
}

export interface VirtualService extends KubernetesObject {
  readonly spec: {
    readonly http?: readonly MeshRule[];
    readonly tls?: readonly MeshRule[];
    readonly tcp?: readonly MeshRule[];
  };
  /** Only where istiod is told to write it. A generation may be written as a text. */
  readonly status?: {
    readonly conditions?: readonly (Omit<Condition, 'observedGeneration'> & {
      readonly observedGeneration?: number | string;
    })[];
  };
}

export interface DestinationRule extends KubernetesObject {
  readonly spec: { readonly host: string; readonly subsets?: readonly object[] };
}

export interface IngressBackend {
  readonly service?: {
    readonly name: string;
    readonly port?: { readonly name?: string; readonly number?: number };
  };
}

export interface IngressPath {
  readonly path?: string;
  readonly pathType?: string;
  readonly backend: IngressBackend;
}

export interface IngressRule {
  readonly host?: string;
  readonly http?: { readonly paths: readonly IngressPath[] };
}

export interface Ingress extends KubernetesObject {
  readonly spec: {
    readonly ingressClassName?: string;
    readonly defaultBackend?: IngressBackend;
    readonly rules?: readonly IngressRule[];
  };
}

export interface TraefikBackend {
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly weight?: number;
}

export interface TraefikService extends KubernetesObject {
  readonly spec: {
    readonly weighted?: { readonly services?: readonly TraefikBackend[] };
    /** Requests go to the Service itself, copies to `mirrors`; without a percentage none. */
    readonly mirroring?: TraefikBackend & {
      readonly mirrors?: readonly (TraefikBackend & { readonly percent?: number })[];
    };
  };
}

export interface TraefikRule {
  readonly match: string;
  readonly priority?: number;
  readonly syntax?: string;
  readonly services?: readonly TraefikBackend[];
}

export interface IngressRoute extends KubernetesObject {
  readonly spec: { readonly routes?: readonly TraefikRule[] };
}

export const routeKinds: {
  readonly virtualService: ObjectKind<VirtualService>;
  readonly destinationRule: ObjectKind<DestinationRule>;
  readonly ingress: ObjectKind<Ingress>;
  readonly traefikService: ObjectKind<TraefikService>;
  readonly ingressRoute: ObjectKind<IngressRoute>;
} = {
  virtualService: {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    plural: 'virtualservices',
  },
  destinationRule: {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    plural: 'destinationrules',
  },
  ingress: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', plural: 'ingresses' },
  traefikService: {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'TraefikService',
    plural: 'traefikservices',
  },
  ingressRoute: {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'IngressRoute',
    plural: 'ingressroutes',
  },
};
