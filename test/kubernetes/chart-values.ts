/** Value sets that the chart must render: what people set, one subject each, and what is wrong with others. */

const secret = { name: 'pull' };
const from = [{ namespaceSelector: { matchLabels: { name: 'ingress' } } }];
const keda = { kind: 'keda', minReplicas: 0, maxReplicas: 40, targetBacklog: 10 };

/** By what they are about; `adds` are kinds that must be there then, and are not by default. */
export const valueSets: readonly {
  readonly title: string;
  readonly values: object;
  readonly adds?: readonly string[];
  readonly says?: RegExp;
}[] = [
  { title: 'nothing', values: {} },
  {
    title: 'sluice.yaml in the values',
    values: { config: { text: 'apiVersion: sluice/v1\nproject: shop\n' } },
    adds: ['ConfigMap'],
    says: /project: shop/,
  },
  {
    title: 'an image by digest, from a registry that asks',
    values: {
      image: {
        repository: 'registry.example:5000/sluice',
        digest: `sha256:${'a'.repeat(64)}`,
        pullSecrets: [secret],
      },
    },
    says: /"image":"registry\.example:5000\/sluice@sha256:a{64}"/,
  },
  {
    title: 'Temporal with TLS and certificates of clients',
    values: {
      temporal: {
        address: 'temporal.internal:7234',
        namespace: 'releases',
        tls: {
          enabled: true,
          secretName: 'temporal-tls',
          clientCertificate: true,
          serverName: 'temporal.internal',
        },
      },
    },
    says: /TEMPORAL_TLS_CLIENT_KEY_PATH/,
  },
  {
    title: 'Temporal Cloud by an API key',
    values: {
      temporal: {
        address: 'eu-central-1.aws.api.temporal.io:7233',
        namespace: 'releases.a1b2c',
        tls: { enabled: true },
        apiKeySecret: 'temporal-cloud',
      },
    },
    says: /"secretKeyRef":\{"name":"temporal-cloud","key":"apiKey"\}/,
  },
  {
    title: 'a ledger in PostgreSQL and encrypted payloads',
    values: { ledger: { urlSecret: 'ledger' }, payloadKeys: { secret: 'payload-keys' } },
    says: /SLUICE_LEDGER_URL_FILE.*SLUICE_PAYLOAD_KEYS_FILE/,
  },
  {
    title: 'data of one node',
    values: { data: { accessModes: ['ReadWriteOnce'], size: '500Mi', storageClass: 'fast' } },
    says: /"storageClassName":"fast"/,
  },
  { title: 'a claim of ours', values: { data: { existingClaim: 'evidence' } } },
  {
    title: 'an ingress with TLS',
    values: {
      api: {
        ingress: {
          enabled: true,
          className: 'nginx',
          host: 'sluice.example',
          tlsSecret: 'sluice-tls',
          annotations: { 'nginx.ingress.kubernetes.io/proxy-buffering': 'off' },
        },
      },
    },
    adds: ['Ingress'],
  },
  {
    title: 'an API that grows with its load',
    values: { api: { autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 9 } } },
    adds: ['HorizontalPodAutoscaler'],
  },
  {
    title: 'workers that grow with what waits',
    values: { workerDefaults: { autoscaling: keda }, workers: { github: { queues: ['github'] } } },
    adds: ['ScaledObject'],
    says: /"taskQueue":"github-creations"/,
  },
  {
    title: 'workers that grow with their load',
    values: { workers: { watch: { autoscaling: { kind: 'hpa', minReplicas: 2 } } } },
    adds: ['HorizontalPodAutoscaler'],
  },
  {
    title: 'a worker for each platform with credentials of its own',
    values: {
      workers: {
        actuate: null,
        'actuate-eu': {
          queues: ['actuate-eu'],
          kubernetes: true,
          nodeSelector: { region: 'eu' },
          env: [{ name: 'EU_TOKEN', valueFrom: { secretKeyRef: { name: 'eu', key: 'token' } } }],
        },
        'actuate-us': {
          queues: ['actuate-us', 'actuate-us-staging'],
          tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
        },
      },
    },
    says: /"value":"actuate-us,actuate-us-staging"/,
  },
  {
    title: 'one process for all queues',
    values: {
      workers: {
        watch: { enabled: false },
        actuate: { enabled: false },
        workflows: {
          queues: ['workflows', 'watch', 'github', 'actuate-cluster'],
          kubernetes: true,
        },
      },
    },
    says: /"value":"workflows,watch,github,actuate-cluster"/,
  },
  {
    title: 'two builds of the workers side by side',
    values: {
      image: { tag: '1.6.0' },
      versioning: { enabled: true, previous: [{ build: '1.5.0', tag: '1.5.0' }] },
    },
    says: /sluice-worker-watch-1-6-0.*"image":"sluice:1\.6\.0".*"value":"1\.6\.0".*sluice-worker-watch-1-5-0.*"image":"sluice:1\.5\.0".*"value":"1\.5\.0"/,
  },
  {
    title: 'builds that grow each with what waits for it',
    values: {
      versioning: { enabled: true, build: '1.6.0', previous: [{ build: '1.5.0', tag: '1.5.0' }] },
      workerDefaults: { autoscaling: keda },
    },
    adds: ['ScaledObject'],
    says: /"workerDeploymentName":"sluice","workerDeploymentBuildId":"1\.6\.0".*"workerDeploymentBuildId":"1\.5\.0"/,
  },
  {
    title: 'targets in several namespaces, and another router',
    values: {
      rbac: {
        namespaces: ['shop', 'billing'],
        extraRules: [
          {
            apiGroups: ['networking.istio.io'],
            resources: ['virtualservices'],
            verbs: ['get', 'patch'],
          },
        ],
      },
    },
    says: /virtualservices/,
  },
  {
    title: 'rights that somebody else gives',
    values: {
      rbac: { create: false },
      serviceAccount: { create: false, name: 'releases' },
    },
    says: /"serviceAccountName":"releases"/,
  },
  {
    title: 'a closed network',
    values: {
      networkPolicy: {
        apiFrom: from,
        metricsFrom: from,
        egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 443 }] }],
      },
    },
    says: /"policyTypes":\["Egress"\]/,
  },
  {
    title: 'monitoring by the operator',
    values: {
      monitoring: {
        serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
        prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
        dashboards: { enabled: true },
      },
    },
    adds: ['ServiceMonitor', 'PrometheusRule', 'ConfigMap'],
    says: /SluiceRollbackHangs/,
  },
  {
    title: 'names of its own and more variables',
    values: {
      fullnameOverride: 'releases',
      privateNetworks: ['10.0.0.0/8', 'fd00::/8'],
      env: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
      envFrom: [{ secretRef: { name: 'metrics-credentials' } }],
    },
    says: /"value":"10\.0\.0\.0\/8,fd00::\/8"/,
  },
];

/** Refused by values.schema.json, which names the place. */
export const refusedValues: readonly (readonly [string, object, RegExp])[] = [
  ['a value that there is not', { replicas: 3 }, /replicas/],
  ['a queue that there is not', { workers: { x: { queues: ['deploy'] } } }, /queues/],
  ['a worker without queues', { workers: { x: { replicas: 1 } } }, /queues/],
  ['a build without an image', { versioning: { previous: [{ build: '1.5.0' }] } }, /versioning/],
  ['an address without a port', { temporal: { address: 'temporal' } }, /address/],
  ['a digest that is none', { image: { digest: 'latest' } }, /digest/],
  ['an unknown level of logs', { logLevel: 'loud' }, /logLevel/],
  ['a negative number of replicas', { api: { replicas: -1 } }, /replicas/],
  ['an unknown way to scale', { workerDefaults: { autoscaling: { kind: 'cron' } } }, /kind/],
  ['an ingress for nobody', { api: { ingress: { enabled: true } } }, /host/],
  ['a variable that no shell can name', { env: [{ name: 'A-B', value: 'x' }] }, /env/],
];
