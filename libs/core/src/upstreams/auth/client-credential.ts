import type { ClientCredentialsProvider, FetchLike } from '@modelcontextprotocol/client';
import { OperationError } from '#libs/kit';
import type { CancelSignal } from '#libs/outbound';
import { abortable } from '../abortable.js';
import { challengeAt, type Challenge } from './challenge.js';
import type { Credential } from './credential.js';
import { isFresh, type Kept } from './kept-tokens.js';

interface ClientCredentialOptions {
  readonly name: string;
  readonly serverUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly issuer: string;
  readonly scope: string | undefined;
  readonly fetchFn: FetchLike;
}

/** The gateway as a client of its own (OAuth 2.1 client credentials): one token for all callers, fetched when needed. */
export class ClientCredential implements Credential {
  private kept: Kept | undefined;
  private fetching: Promise<Kept> | undefined;
  private provider: ClientCredentialsProvider | undefined;
  /** Undefined before the upstream was asked. */
  private challenge: Challenge | undefined;

  constructor(private readonly options: ClientCredentialOptions) {}

  async header(signal: CancelSignal): Promise<string> {
    if (!isFresh(this.kept)) {
      this.fetching ??= this.fetch().finally(() => (this.fetching = undefined));
      this.kept = await abortable(this.fetching, signal);
    }
    return `Bearer ${this.kept?.tokens.access_token ?? ''}`;
  }

  refused(header: string, challenge: Challenge): void {
    this.challenge = challenge;
    if (header === `Bearer ${this.kept?.tokens.access_token ?? ''}`) this.kept = undefined;
  }

  private async fetch(): Promise<Kept> {
    const { name, serverUrl, issuer, clientId, clientSecret, scope, fetchFn } = this.options;
    // loaded when an upstream asks for it: most gateways have none that does
    const sdk = await import('@modelcontextprotocol/client');
    // what it has is what an admin wrote: there is nothing to forget
    const invalidateCredentials = () => undefined;
    this.provider ??= Object.assign(
      new sdk.ClientCredentialsProvider({
        clientId,
        clientSecret,
        expectedIssuer: issuer,
        ...(scope !== undefined && { scope }),
      }),
      { invalidateCredentials },
    );
    this.challenge ??= await challengeAt(serverUrl, fetchFn);
    try {
      // what an admin wrote down goes before what the upstream says
      await sdk.auth(this.provider, { serverUrl, fetchFn, ...this.challenge, ...(scope !== undefined && { scope }) });
    } catch (cause) {
      const message = `The upstream ${name} gave the gateway no token; an admin can check the client, its secret and the issuer`;
      throw new OperationError('unavailable', message, { retryable: true }, { cause });
    }
    const tokens = this.provider.tokens();
    if (!tokens) throw new OperationError('unavailable', `The upstream ${name} gave the gateway no token`);
    return { tokens, receivedAt: Date.now() };
  }
}
