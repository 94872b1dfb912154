/** Proof that an approval came through the API: signed over release, environment, actor and expiry. */

export interface ApprovalClaim {
  readonly releaseId: string;
  readonly environment: string;
  /** The token's owner, as the API knows it. */
  readonly actor: string;
  /** No longer valid from then on, epoch milliseconds. */
  readonly expiresAtMs: number;
}

export type TicketCheck =
  | { readonly valid: true; readonly claim: ApprovalClaim }
  /** `reason` is one sentence and holds nothing of the ticket. */
  | { readonly valid: false; readonly reason: string };

export interface ApprovalTickets {
  /** A ticket of printable characters without spaces; the same claim gives the same ticket. */
  issue(claim: ApprovalClaim): string;
  /** Valid only when signed with this key, unexpired, and for exactly this release, environment and actor. */
  verify(
    ticket: string,
    expected: Pick<ApprovalClaim, 'releaseId' | 'environment' | 'actor'>,
  ): TicketCheck;
}
