/** Refusals in the shapes and words of GitHub. */

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** How GraphQL calls it. */
  readonly type: string;

  constructor(
    status: number,
    message: string,
    more: {
      readonly errors?: readonly unknown[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly type?: string;
      readonly body?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.headers = more.headers ?? {};
    this.type = more.type ?? graphqlTypes[status] ?? 'UNPROCESSABLE';
    this.body = {
      message,
      ...(more.errors === undefined ? {} : { errors: more.errors }),
      documentation_url: 'https://docs.github.com/rest',
      status: String(status),
      ...more.body,
    };
  }
}

const graphqlTypes: Readonly<Record<number, string>> = {
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  422: 'UNPROCESSABLE',
};

export function notFound(message = 'Not Found'): Problem {
  return new Problem(404, message);
}

/** The 422 of a field: `{message: "Validation Failed", errors: [{resource, code, field}]}`. */
export function invalidField(resource: string, field: string, code = 'invalid'): Problem {
  return new Problem(422, 'Validation Failed', { errors: [{ resource, code, field }] });
}

/** The 422 that says its reason in words: `errors: [{resource, code: "custom", message}]`. */
export function invalidFor(resource: string, message: string): Problem {
  return new Problem(422, 'Validation Failed', { errors: [{ resource, code: 'custom', message }] });
}

export function unprocessable(message: string): Problem {
  return new Problem(422, message);
}

export function forbidden(message: string, headers: Readonly<Record<string, string>> = {}) {
  return new Problem(403, message, { headers });
}
