/** Turns what the API server refuses into failures of this project. */
import { Failure, type FailureDetails } from '../../domain/failures.js';

interface ApiStatus {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly field?: string; readonly message?: string }[];
  };
}

function parseStatus(text: string): ApiStatus {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/**
 * @param asked method and path, as in `PATCH /apis/apps/v1/…`
 * @param text body of the answer; the server's own words are kept, whatever else a proxy sent is cut
 */
export function apiFailure(asked: string, status: number, text: string): Failure {
  const said = parseStatus(text);
  const message = said.message ?? text.slice(0, 200);
  const details: FailureDetails = { where: asked, seen: status };
  switch (status) {
    case 400:
    case 422: {
      const faults = (said.details?.causes ?? []).map((cause) => {
        return { where: cause.field ?? asked, message: cause.message ?? message };
      });
      return new Failure('InvalidInput', message, { ...details, faults });
    }
    case 403:
      return new Failure('Forbidden', message, {
        ...details,
        next: 'grant it in the Role of this worker (deploy/kubernetes/rbac.yaml), or raise the quota',
      });
    case 404:
      return new Failure('NotFound', message, details);
    case 409:
      return new Failure('Conflict', message, details);
    default: {
      const seconds = said.details?.retryAfterSeconds;
      const wait = seconds === undefined ? {} : { retryAfterMs: seconds * 1000 };
      // 401 too: a service account's token is renewed without anybody's help.
      return new Failure('Unavailable', `the API server refused: ${message}`, {
        ...details,
        ...wait,
      });
    }
  }
}
