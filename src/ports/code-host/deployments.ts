/** Deployments and environments as the code host shows them, and its question whether one may go on. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { Deployment, DeploymentState } from '../../domain/repository/shapes.js';

export interface Deployments {
  /** One for a release and environment, or for a rollout: the one that carries `key` in its payload is the answer. */
  createDeployment(
    repository: RepositoryKey,
    deployment: {
      readonly key: string;
      /** Beside the key in its payload. */
      readonly facts?: Readonly<Record<string, string>>;
      readonly sha: string;
      readonly environment: string;
      readonly description: string;
      readonly isProduction: boolean;
      /** An earlier attempt may have succeeded unseen. */
      readonly isRetry: boolean;
    },
  ): Promise<Deployment>;
  /** A state that is the newest already is not written again. */
  setState(
    repository: RepositoryKey,
    id: number,
    state: {
      readonly state: DeploymentState;
      readonly description: string;
      readonly logUrl?: string;
      readonly environmentUrl?: string;
    },
  ): Promise<void>;
  /** Answers a custom protection rule of a waiting workflow run. */
  answerProtectionRule(
    repository: RepositoryKey,
    answer: {
      readonly runId: number;
      readonly environment: string;
      readonly state: 'approved' | 'rejected';
      readonly comment: string;
    },
  ): Promise<void>;
}
