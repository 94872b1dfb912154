/** One thing that the stand-in does as GitHub does it. */

export interface Behaviour {
  readonly id: string;
  readonly says: string;
  /** `fixture`, `description`, `schema`, `docs`, `report` or `unproved`, and where in it. */
  readonly evidence: string;
  /** Whether a real repository can be brought to show it; what needs a fault of GitHub cannot. */
  readonly canBeLive: boolean;
}

export const row = (id: string, says: string, evidence: string, canBeLive = true): Behaviour => ({
  id,
  says,
  evidence,
  canBeLive,
});
