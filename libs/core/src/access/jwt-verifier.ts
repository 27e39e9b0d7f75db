import { hash as digestOf, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import jwt, { type Algorithm } from 'jsonwebtoken';
import type { Caller } from '#libs/kit';
import { asymmetricAlgorithms } from './jwk-set.js';
import { Jwks } from './jwks.js';
import { JwtSettings } from './jwt.settings.js';
import { isPermission, isRoleName } from './permissions.js';
import { isPlainName } from './plain-text.js';
import { TokenSecrets } from './token-secrets.js';

export const MAX_TOKEN_BYTES = 8 * 1_024;
const MAX_REMEMBERED = 10_000;
export const LEEWAY_SECONDS = 5;

interface Remembered {
  caller: Caller;
  /** Wall clock. */
  endsAt: number;
  /** The same moment on a clock that nobody can set back. */
  endsAtUptime: number;
}

/** What every check of a token holds to. */
interface TokenRules {
  algorithms: Algorithm[];
  /** Seconds. */
  clockTolerance: number;
  issuer?: string;
  audience?: string;
}

type Found<T> = T | undefined | Promise<T | undefined>;

/**
 * Says whose token (RFC 7519) is presented. The key decides about the algorithm, never the token; of a token's header
 * only `alg` and `kid` are looked at, to choose among the keys that are known.
 */
@Injectable()
export class JwtVerifier {
  /** That the algorithm fits the key is seen to where the key is chosen. */
  readonly rules: TokenRules;
  /** Verified tokens by their digest. They stay when they expire, so that a clock set back revives none. */
  private readonly remembered = new Map<string, Remembered>();
  /** The secrets by which they were verified. */
  private secretsThen: TokenSecrets['now'] | undefined;

  constructor(
    private readonly jwks: Jwks,
    private readonly secrets: TokenSecrets,
    { issuer, audience }: JwtSettings,
  ) {
    this.rules = {
      algorithms: ['HS256', ...asymmetricAlgorithms] as Algorithm[],
      clockTolerance: LEEWAY_SECONDS,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
    jwks.onChange(() => {
      this.remembered.clear();
    });
  }

  /** The caller of a token, undefined for one that is not valid. Throws or rejects with `unavailable`, as `keyFor`. */
  verify(token: string): Found<Caller> {
    const digest = digestOf('sha256', token, 'binary');
    const known = this.rememberedNow().get(digest);
    if (known) return isOver(known) ? undefined : known.caller;
    const key = this.keyFor(token);
    if (!(key instanceof Promise)) return this.check(token, key, digest);
    return key.then((found) => this.check(token, found, digest));
  }

  /** The key that must have signed a token; a promise, and `unavailable`, where the issuer's keys are not there yet. */
  keyFor(token: string): Found<KeyObject> {
    const header = token.length <= MAX_TOKEN_BYTES ? headerOf(token) : undefined;
    // an extension that must be understood (RFC 7515, section 4.1.11); none is
    if (!header || 'crit' in header) return undefined;
    const { alg, kid } = header;
    if (alg === 'HS256') return this.secrets.keyFor(token);
    if (typeof alg !== 'string' || !asymmetricAlgorithms.includes(alg)) return undefined;
    if (kid !== undefined && typeof kid !== 'string') return undefined;
    return this.jwks.find(alg, kid);
  }

  /** Whether a token was good once, which costs less than to verify it. */
  isFamiliar(token: string): boolean {
    return this.rememberedNow().has(digestOf('sha256', token, 'binary'));
  }

  private rememberedNow(): Map<string, Remembered> {
    if (this.secretsThen !== this.secrets.now) this.remembered.clear();
    this.secretsThen = this.secrets.now;
    return this.remembered;
  }

  private check(token: string, key: KeyObject | undefined, digest: string): Caller | undefined {
    if (!key) return undefined;
    const claims = claimsOf(token, key, this.rules);
    const caller = claims && callerOf(claims);
    if (caller) this.remember(digest, caller, Number(claims.exp));
    return caller;
  }

  private remember(digest: string, caller: Caller, exp: number): void {
    if (this.remembered.size >= MAX_REMEMBERED) {
      for (const oldest of this.remembered.keys()) {
        this.remembered.delete(oldest);
        break;
      }
    }
    const endsAt = (exp + LEEWAY_SECONDS) * 1_000;
    this.remembered.set(digest, { caller, endsAt, endsAtUptime: performance.now() + endsAt - Date.now() });
  }
}

/** Whether a text has the form of a token: three parts in base64url, the last of which is empty without a signature. */
export function looksLikeJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);
}

function isOver({ endsAt, endsAtUptime }: Remembered): boolean {
  return Date.now() >= endsAt || performance.now() >= endsAtUptime;
}

function headerOf(token: string): Record<string, unknown> | undefined {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString());
    return typeof header === 'object' && header !== null ? (header as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function claimsOf(token: string, key: KeyObject, rules: TokenRules): Record<string, unknown> | undefined {
  try {
    const claims: unknown = jwt.verify(token, key, rules);
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where a claim that must be there is missing, or not what it should be. */
export function callerOf(claims: Record<string, unknown>): Caller | undefined {
  const { sub, exp, owner, team } = claims;
  const roles = rolesOf(claims);
  const permissions = permissionsOf(claims);
  if (!isPlainName(sub) || !Number.isFinite(exp) || !permissions) return undefined;
  return {
    id: `jwt:${sub}`,
    kind: 'jwt',
    subject: sub,
    permissions,
    claims,
    ...(roles.length > 0 && { roles }),
    ...(isPlainName(owner) && { owner }),
    ...(isPlainName(team) && { team }),
  };
}

/** What a token grants; scopes of others, such as `openid`, mean nothing here. */
function permissionsOf({ permissions, scope }: Record<string, unknown>): string[] | undefined {
  const names = permissions === undefined ? wordsOf(scope) : permissions;
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return undefined;
  return [...new Set(names.filter(isPermission))];
}

/** What others call roles means something where the policy has a role of that name, or a rule asks for it. */
function rolesOf({ roles }: Record<string, unknown>): string[] {
  const names: unknown[] = typeof roles === 'string' ? roles.split(' ') : Array.isArray(roles) ? roles : [];
  return [...new Set(names.filter(isRoleName))];
}

function wordsOf(scope: unknown): string[] | undefined {
  if (scope === undefined) return [];
  return typeof scope === 'string' ? scope.split(' ') : undefined;
}
