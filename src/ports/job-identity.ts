/** Who a job of GitHub Actions is, by the token that GitHub has signed for it. */
import type { JobClaims } from '../domain/access/job.js';

export interface JobTrust {
  /** Base URL of whoever signs; its keys lie at `/.well-known/jwks` below it. */
  readonly issuer: string;
  readonly audience: string;
}

export interface JobIdentity {
  /**
   * The claims of a token that is signed, in time, and meant for this audience.
   * @throws Unauthenticated when it is not, saying why and nothing of the token; Unavailable when the keys cannot be read
   */
  verify(token: string, trust: JobTrust): Promise<JobClaims>;
}
