import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { OperationError, isUrl } from '#libs/kit';
import { HttpClient, NamedOrigin, type TargetPolicy } from '#libs/outbound';
import { ServerSettings } from '../../config/server.settings.js';
import { SecretKey } from '../../store/secret-key.js';
import { TextSeal } from '../../store/text-seal.js';
import type { FetchedAuth } from './auth-entry.js';
import { CallerAuthorization } from './caller-authorization.js';
import { ClientCredential } from './client-credential.js';
import type { Credential } from './credential.js';
import { Grants } from './grants.js';
import { guardedFetch } from './guarded-fetch.js';

const CALLBACK_PATH = '/oauth/callback';
const STATE_FOR_MS = 15 * 60_000;
const STATE = 'state';
const stateShape = z.strictObject({ upstream: z.string(), callerId: z.string(), until: z.number() });

interface Authorized {
  readonly name: string;
  readonly url: string;
  readonly policy: TargetPolicy;
  readonly auth: FetchedAuth;
}

type OfCallers = Authorized & { readonly auth: Extract<FetchedAuth, { type: 'authorization-code' }> };

/** The rights by which the gateway uses upstreams that ask for tokens. */
@Injectable()
export class UpstreamCredentials {
  /** By upstream: one for each caller, so that its connections share a token. */
  private readonly authorizations = new Map<string, Map<string, CallerAuthorization>>();
  private readonly seal: TextSeal;

  constructor(
    private readonly client: HttpClient,
    private readonly grants: Grants,
    secretKey: SecretKey,
    private readonly server: ServerSettings,
  ) {
    this.seal = new TextSeal(secretKey, 'upstream-authorizations');
  }

  /** `callerId` says whose right it is, where each caller has its own. */
  for(target: Authorized, callerId: string | undefined): Credential {
    const { name, url, auth } = target;
    if (auth.type === 'client-credentials') {
      const fetchFn = guardedFetch(this.client, policyOf(target));
      return new ClientCredential({ ...auth, scope: auth.scope, name, serverUrl: url, fetchFn });
    }
    if (callerId !== undefined) return this.authorizationOf({ ...target, auth }, callerId);
    throw new OperationError('unavailable', `Each caller uses the upstream ${name} with an authorization of its own`);
  }

  authorizationOf(target: OfCallers, callerId: string): CallerAuthorization {
    const { name, url, auth } = target;
    const key = JSON.stringify([url, auth, callerId]);
    const ofUpstream = this.authorizations.get(name) ?? new Map<string, CallerAuthorization>();
    this.authorizations.set(name, ofUpstream);
    let authorization = ofUpstream.get(key);
    if (!authorization) {
      authorization = new CallerAuthorization({
        upstream: name,
        callerId,
        serverUrl: url,
        clientId: auth.clientId,
        clientSecret: auth.clientSecret,
        scope: auth.scope,
        redirectUrl: this.redirectUrl,
        state: () => this.stateOf(name, callerId),
        grants: this.grants,
        fetchFn: guardedFetch(this.client, policyOf(target)),
      });
      ofUpstream.set(key, authorization);
    }
    return authorization;
  }

  /** Of an upstream that is gone or another one. What the store keeps stays. */
  forget(name: string): void {
    this.authorizations.delete(name);
  }

  /** Whose authorization comes back with a state that was given out. Throws `invalid` for any other. */
  readState(state: string): { upstream: string; callerId: string } {
    const text = this.seal.open(state, STATE);
    const read = text === undefined ? undefined : stateShape.safeParse(JSON.parse(text)).data;
    if (!read || read.until < Date.now()) {
      throw new OperationError('invalid', 'This link is over. Make the call again, and open the link that it answers');
    }
    return read;
  }

  private stateOf(upstream: string, callerId: string): string {
    return this.seal.seal(JSON.stringify({ upstream, callerId, until: Date.now() + STATE_FOR_MS }), STATE);
  }

  private get redirectUrl(): string {
    const { publicUrl, port, scheme } = this.server;
    return `${publicUrl?.replace(/\/+$/, '') ?? `${scheme}://127.0.0.1:${port}`}${CALLBACK_PATH}`;
  }
}

/** Its own origin is as trusted as the upstream, and the issuer that the operator wrote down; others must be public. */
function policyOf({ name, url, policy, auth }: Authorized): (address: string) => TargetPolicy {
  const trusted = new Set(policy === 'open' ? [] : [new URL(url).origin]);
  if (policy !== 'open' && auth.type === 'client-credentials' && isUrl(auth.issuer)) {
    trusted.add(new URL(auth.issuer).origin);
  }
  return (address) =>
    trusted.has(new URL(address).origin) ? new NamedOrigin(`The upstream ${name}`, address) : 'open';
}
