import type { FetchLike } from '@modelcontextprotocol/client';
import { OperationError } from '#libs/kit';
import type { CancelSignal } from '#libs/outbound';
import { abortable } from '../abortable.js';
import { CallerProvider } from './caller-provider.js';
import { challengeAt, type Challenge } from './challenge.js';
import { AuthorizationNeeded, type Credential } from './credential.js';
import type { Grant } from './grant.js';
import type { GrantPlace, Grants } from './grants.js';
import { isFresh } from './kept-tokens.js';

export interface CallerAuthorizationOptions extends GrantPlace {
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly scope: string | undefined;
  readonly redirectUrl: string;
  /** Says, when it comes back, whose authorization this was. */
  readonly state: () => string;
  readonly grants: Grants;
  readonly fetchFn: FetchLike;
}

/** One caller's own authorization at an upstream (OAuth 2.1 authorization code with PKCE, and refresh tokens). */
export class CallerAuthorization implements Credential {
  private grant: Grant | undefined;
  private refusedToken: string | undefined;
  /** What the upstream has asked for, where it has refused a token. */
  private challenge: Challenge | undefined;
  private changing: Promise<Grant> | undefined;

  constructor(private readonly options: CallerAuthorizationOptions) {}

  async header(signal: CancelSignal): Promise<string> {
    const { upstream, grants } = this.options;
    if (!this.isGood(this.grant)) {
      const read = await abortable(grants.read(this.options), signal);
      this.grant = this.isGood(read) ? read : await abortable(this.renew(), signal);
    }
    const { kept, begun } = this.grant;
    if (this.isGood(this.grant)) return `Bearer ${kept?.tokens.access_token ?? ''}`;
    throw new AuthorizationNeeded(upstream, begun?.url ?? '');
  }

  refused(header: string, challenge: Challenge): void {
    this.challenge = challenge;
    this.refusedToken = header.replace(/^Bearer /, '');
  }

  /** The person came back with a code. Rejects with `failed` where it can't be exchanged. */
  async finish(code: string, iss: string | undefined): Promise<void> {
    const { upstream, grants } = this.options;
    this.grant = await grants.change(this.options, async (grant, signal) => {
      if (!grant.begun) throw new OperationError('failed', 'This authorization was not begun here, or it is over');
      const { auth } = await import('@modelcontextprotocol/client');
      const provider = this.providerOf(grant);
      try {
        await auth(provider, { ...this.reach(signal), authorizationCode: code, ...(iss !== undefined && { iss }) });
      } catch (cause) {
        throw new OperationError('failed', `The upstream ${upstream} did not accept the authorization`, {}, { cause });
      }
      return provider.grant;
    });
  }

  /** Refreshes, or begins an authorization, unless another replica or another call has done so meanwhile. */
  private renew(): Promise<Grant> {
    this.changing ??= this.options.grants
      .change(this.options, async (grant, signal) => {
        const hasBegun = grant.begun !== undefined && grant.begun.until > Date.now();
        return this.isGood(grant) || hasBegun ? grant : this.renewed(grant, signal);
      })
      .finally(() => (this.changing = undefined));
    return this.changing;
  }

  private async renewed(grant: Grant, signal: AbortSignal): Promise<Grant> {
    const { upstream, scope } = this.options;
    const { auth } = await import('@modelcontextprotocol/client');
    const reach = this.reach(signal);
    const challenge = this.challenge ?? (grant.discovery ? {} : await challengeAt(reach.serverUrl, reach.fetchFn));
    const provider = this.providerOf(leadsTo(challenge, grant.discovery) ? grant : { ...grant, discovery: undefined });
    try {
      // what an admin wrote down goes before what the upstream says
      await auth(provider, { ...reach, ...challenge, ...(scope !== undefined && { scope }) });
    } catch (cause) {
      const message = `The authorization server of the upstream ${upstream} could not be used`;
      throw new OperationError('unavailable', message, { retryable: true }, { cause });
    }
    return provider.grant;
  }

  private reach(signal: AbortSignal): { serverUrl: string; fetchFn: FetchLike } {
    const { serverUrl, fetchFn } = this.options;
    return { serverUrl, fetchFn: (url, init) => fetchFn(url, { ...init, signal }) };
  }

  private isGood(grant: Grant | undefined): grant is Grant {
    return isFresh(grant?.kept) && grant?.kept?.tokens.access_token !== this.refusedToken;
  }

  private providerOf(grant: Grant): CallerProvider {
    const { redirectUrl, clientId, clientSecret, scope, state } = this.options;
    return new CallerProvider(grant, { redirectUrl, clientId, clientSecret, scope, state: state() });
  }
}

/** Whether what was found is what the upstream's challenge leads to; one that names no place changes nothing. */
function leadsTo({ resourceMetadataUrl: at }: Challenge, found: Grant['discovery']): boolean {
  return at === undefined || at.href === found?.resourceMetadataUrl;
}
