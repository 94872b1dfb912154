/** Who looks at workflows in the Temporal UI, by the token that its single sign-on has signed for them. */

export interface UiTrust {
  readonly issuer: string;
  /** Where the issuer publishes its keys, as a JSON Web Key Set. */
  readonly keysUrl: string;
  readonly audience: string;
}

export interface UiVisitor {
  readonly subject: string;
  /** As Temporal's own authorizer reads them: `<namespace>:<role>`. */
  readonly permissions: readonly string[];
}

export interface UiIdentity {
  /**
   * Who is meant by a token that is signed, in time, and for this audience.
   * @throws Unauthenticated when it is not, saying why and nothing of the token; Unavailable when the keys cannot be read
   */
  verify(token: string, trust: UiTrust): Promise<UiVisitor>;
}
