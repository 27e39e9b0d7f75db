import { Injectable } from '@nestjs/common';
import { OperationError, type Caller, type HttpRequest } from '#libs/kit';
import { AddressLimits } from '../throttling/address-limits.js';
import { AutomaticBlocks } from '../throttling/blocks/automatic-blocks.js';
import { AccessSettings } from './access.settings.js';
import { ApiKeys } from './api-keys.js';
import { JwtVerifier, looksLikeJwt } from './jwt-verifier.js';
import { isWellFormedKey, looksLikeOurKey } from './key-format.js';
import { isTakenFrom, type KeyRecord } from './key-record.js';
import { digestOf } from './key-ring.js';
import { at, readOnly } from './located-callers.js';
import { credentialsOf, originOf, type Credential, type CredentialWay, type Origin } from './request-facts.js';
import { TrustedNetwork } from './trusted-network.js';

const HOW =
  'Send a key as X-MCP-Key or X-API-Key, or a key or a JWT as Authorization: Bearer; an admin makes keys at POST /admin/api-keys';

/**
 * Says who is calling. The edge asks it directly, Nest's guard through passport: two gates, one authority.
 *
 * A credential that is presented is always checked and names the caller, even where the address alone would do.
 */
@Injectable()
export class Authenticator {
  private refused = 0;

  constructor(
    private readonly keys: ApiKeys,
    private readonly tokens: JwtVerifier,
    private readonly trusted: TrustedNetwork,
    private readonly settings: AccessSettings,
    private readonly addresses: AddressLimits,
    private readonly blocks: AutomaticBlocks,
  ) {}

  /** Requests that were not recognised since the start. */
  get failures(): number {
    return this.refused;
  }

  /**
   * The caller of a request; a promise where a token's key is looked for at its issuer. Throws or rejects with
   * `unauthenticated`, without saying which of the checks failed.
   */
  identify(request: HttpRequest): Caller | Promise<Caller> {
    const caller = this.identifyIfKnown(request);
    if (caller) return caller;
    throw this.unauthenticated('No credential was presented, and this address is not trusted');
  }

  /**
   * As `identify`, but undefined for a request that presents nothing and comes from no trusted address. `more` is what its
   * client has presented since, where it keeps the connection.
   */
  identifyIfKnown(request: HttpRequest, more: readonly Credential[] = []): Caller | undefined | Promise<Caller> {
    return this.recognise(request, more, originOf(request, this.settings.trustedProxies));
  }

  /** The caller of a request that was let in, as it is now; that its credential is over is held against no address. */
  identifyAgain(request: HttpRequest, more: readonly Credential[] = []): Caller | undefined | Promise<Caller> {
    const origin = originOf(request, this.settings.trustedProxies);
    return this.recognise(request, more, { ...origin, letInBefore: true });
  }

  private recognise(
    request: HttpRequest,
    more: readonly Credential[],
    origin: Origin,
  ): Caller | undefined | Promise<Caller> {
    const own = credentialsOf(request, this.settings.allowQueryKey);
    const credentials = more.length === 0 ? own : [...own, ...more];
    const [first] = credentials;
    if (!first) return at(origin, this.trusted.callerAt(origin, request.socket));
    if (!origin.letInBefore) this.requireUnslowed(origin, credentials);
    if (credentials.some(({ value }) => value !== first.value)) {
      throw this.unauthenticated('The request presents two credentials that differ');
    }
    if (isToken(credentials)) return this.byToken(first.value, origin);
    const record = this.byKey(first, origin);
    return at(origin, credentials.some(({ way }) => way === 'query') ? readOnly(record) : record.caller);
  }

  /**
   * Whether what a request came in with is taken no longer. Nothing is counted: whoever holds a connection of a key that
   * has ended is guessing nothing.
   */
  async isOver(request: HttpRequest, more: readonly Credential[] = []): Promise<boolean> {
    try {
      await this.identifyAgain(request, more);
      return false;
    } catch (error) {
      // the store or the issuer may be away, and can tell later
      return error instanceof OperationError && error.kind === 'unauthenticated';
    }
  }

  /** By which way the caller is going to be recognised; `address` when no credential is presented. */
  wayOf(request: HttpRequest): CredentialWay | 'jwt' | 'address' {
    const credentials = credentialsOf(request, this.settings.allowQueryKey);
    return isToken(credentials) ? 'jwt' : (credentials[0]?.way ?? 'address');
  }

  private byKey(presented: Credential, origin: Origin): KeyRecord {
    const { value: key } = presented;
    if (presented.digest === undefined) {
      if (!isPlausible(key)) throw this.unauthenticated('The credential is not valid');
      presented.digest = digestOf(key);
    }
    const record = this.keys.find(key, presented.digest);
    if (!record || !isTakenFrom(record, origin)) throw this.unauthenticated('The credential is not valid', origin);
    if (!origin.counted) record.use.note();
    origin.counted = true;
    return record;
  }

  private byToken(token: string, origin: Origin): Caller | Promise<Caller> {
    const caller = this.tokens.verify(token);
    return caller instanceof Promise ? caller.then((found) => this.known(found, origin)) : this.known(caller, origin);
  }

  /** An address that has presented many bad credentials gets in with one that is known to be good, and no other is checked. */
  private requireUnslowed({ address }: Origin, credentials: readonly Credential[]): void {
    if (!this.addresses.isSlowed(address) || credentials.every((credential) => this.isFamiliar(credential))) return;
    throw this.addresses.slowed(address);
  }

  /** Whether a credential was good when it was last checked, found out without the cost of a check. */
  private isFamiliar({ value }: Credential): boolean {
    return this.keys.isFamiliar(value) || this.tokens.isFamiliar(value);
  }

  private known(caller: Caller | undefined, origin: Origin): Caller {
    if (caller) return at(origin, caller);
    throw this.unauthenticated('The credential is not valid', origin);
  }

  /** With an origin where a credential had to be checked: too many bad ones from an address slow it. */
  private unauthenticated(reason: string, origin?: Origin): OperationError {
    const error = new OperationError('unauthenticated', `${reason}. ${HOW}.`);
    if (origin?.letInBefore) return error;
    this.refused += 1;
    if (origin) {
      this.addresses.countFailure(origin.address);
      this.blocks.countFailure(origin.address);
    }
    return error;
  }
}

/** Whether the one credential that is presented is a token: those come as Bearer and in no other way. */
function isToken(credentials: readonly Credential[]): boolean {
  const [first] = credentials;
  return first !== undefined && credentials.every(({ way }) => way === 'bearer') && looksLikeJwt(first.value);
}

/** Refuses typing errors and nonsense before anything is computed for them. */
function isPlausible(key: string): boolean {
  return key !== '' && key.length <= 512 && (!looksLikeOurKey(key) || isWellFormedKey(key));
}
