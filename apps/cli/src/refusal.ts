import { Failure, type Outcome } from './failure.js';

interface Told {
  readonly kind?: string;
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
}

const outcomes: Readonly<Record<string, Outcome>> = {
  invalid: 'usage',
  unknown: 'usage',
  unauthenticated: 'denied',
  forbidden: 'denied',
  limited: 'limited',
  unavailable: 'unavailable',
  'not-configured': 'unavailable',
  deadline: 'unavailable',
  'not-approved': 'notApproved',
};

/** What the gateway answered instead of doing what it was asked. */
export function refusal(response: Response, answer: unknown): Failure {
  const told = (answer as { error?: Told } | null | undefined)?.error;
  if (!told?.message) return noAnswer(response);
  const { kind = '', details = {}, requestId } = told;
  const message = requestId && kind === 'internal' ? `${told.message} (request ${requestId})` : told.message;
  return new Failure(outcomes[kind] ?? 'failed', message, adviceFor(kind, details), answer);
}

export function noAnswer({ status, statusText }: Response): Failure {
  return new Failure('failed', `The answer was ${status} ${statusText}, not one of a gateway`, NO_GATEWAY);
}

const NO_GATEWAY = 'Is --url or MCP_GATEWAY_URL the address of a gateway, and is nothing between that answers instead?';

function adviceFor(kind: string, { retryAfterMs, ticket, didYouMean, missing }: Readonly<Record<string, unknown>>) {
  switch (kind) {
    case 'unauthenticated':
      return 'Give a key with MCP_GATEWAY_KEY or --key-file. The first admin key is in admin.key of the gateway’s data directory.';
    case 'forbidden':
      return 'An admin can give your key that permission, or call with another key (MCP_GATEWAY_KEY, --key-file).';
    case 'limited':
      return typeof retryAfterMs === 'number' ? `Try again in ${Math.ceil(retryAfterMs / 1000)} s.` : undefined;
    case 'not-approved':
      return typeof ticket === 'string'
        ? `It waits for a person. Run the same call again with ticket=${ticket}.`
        : undefined;
    case 'unknown':
      return Array.isArray(didYouMean) && didYouMean.length > 0 ? `Did you mean ${didYouMean.join(', ')}?` : undefined;
    case 'not-configured':
      return Array.isArray(missing) ? `The operator has to set ${missing.join(', ')}.` : undefined;
    default:
      return undefined;
  }
}
