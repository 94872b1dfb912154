/** The platform contracts on a real API server and a real gateway; where they cannot hold, why. */
import { metricSourceContract } from '../contract/metric-source.contract.js';
import { trafficRouterContract } from '../contract/traffic-router.contract.js';
import { workloadContract } from '../contract/workload.contract.js';
import { declareDeviations } from '../support/declare-deviations.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { startKubernetesPlatform } from '../support/kubernetes-platform.js';
import type { PlatformCase } from '../support/platform-under-test.js';

const kubernetesCase: PlatformCase = {
  name: 'Kubernetes',
  noDoorBecause: null,
  create: () => startKubernetesPlatform(),
};

const deviations: Readonly<Record<string, string>> = {
  'scales in both directions and keeps the instances that stay':
    'the cluster chooses which pod goes when a Deployment shrinks',
  'replaces one instance, which is no unexpected exit, and does not mind a repetition':
    'the shipped Role does not give that right: proven in replace.test.ts',
  'does not run an artifact that is not the one promised':
    'the image is named by its digest, so another one cannot run; a version is only a name',
  'begins at zero, with ascending edges':
    'the gateway counts from the first request on, in the buckets it was told',
  'counts requests and errors where they were answered, and only upwards':
    'the gateway counts by revision, not by instance: proven in platform-limits.test.ts',
};

describeOnBed('the platform contracts', function () {
  this.timeout(120_000);
  workloadContract(kubernetesCase);
  trafficRouterContract(kubernetesCase);
  metricSourceContract(kubernetesCase);
  declareDeviations(this, deviations);
});
