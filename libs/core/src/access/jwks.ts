import type { KeyObject } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { HttpClient, NamedOrigin } from '#libs/outbound';
import { JwkSet } from './jwk-set.js';
import { JwtSettings } from './jwt.settings.js';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 256 * 1_024;
const REFRESH_EVERY_MS = 10 * 60_000;
const RETRY_EVERY_MS = 30_000;
/** Tokens may name keys that nobody has: they make the set be asked for at most so often. */
const ASKED_AT_MOST_EVERY_MS = 30_000;
/** As long as there is no set at all, tokens ask for it so often. */
const FIRST_ASKED_EVERY_MS = 1_000;

/** The key set of JWT_JWKS_URL: loaded in the background, kept while its issuer is away. */
@Injectable()
export class Jwks implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Jwks.name);
  private readonly stopped = new AbortController();
  private readonly listeners: (() => void)[] = [];
  private set: JwkSet | undefined;
  private text = '';
  private away = false;
  private loading: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly settings: JwtSettings,
    private readonly http: HttpClient,
  ) {}

  onModuleInit(): void {
    if (this.settings.jwksUrl !== undefined) void this.refresh();
  }

  onApplicationShutdown(): void {
    this.stopped.abort();
    clearTimeout(this.timer);
  }

  /** Has `listener` run whenever the keys have become others. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * The key that a token names; a promise while it is looked for at the issuer. Throws or rejects with `unavailable` as
   * long as no set was ever loaded.
   */
  find(algorithm: string, kid: string | undefined): KeyObject | undefined | Promise<KeyObject | undefined> {
    if (this.settings.jwksUrl === undefined) return undefined;
    const key = this.set?.find(algorithm, kid);
    if (key) return key;
    const asked = this.ask();
    return asked ? asked.then(() => this.known(algorithm, kid)) : this.known(algorithm, kid);
  }

  private known(algorithm: string, kid: string | undefined): KeyObject | undefined {
    if (this.set) return this.set.find(algorithm, kid);
    throw new OperationError(
      'unavailable',
      'Tokens cannot be checked until their issuer’s keys are there; try again soon',
      {
        retryable: true,
        retryAfterMs: FIRST_ASKED_EVERY_MS,
      },
    );
  }

  private ask(): Promise<void> | undefined {
    if (this.loading) return this.loading;
    const now = performance.now();
    if (now - this.askedAt < (this.set ? ASKED_AT_MOST_EVERY_MS : FIRST_ASKED_EVERY_MS)) return undefined;
    this.askedAt = now;
    return this.refresh();
  }

  /** Never rejects; one at a time. */
  private refresh(): Promise<void> {
    this.loading ??= this.load().finally(() => {
      this.loading = undefined;
      clearTimeout(this.timer);
      if (this.stopped.signal.aborted) return;
      this.timer = setTimeout(() => void this.refresh(), this.away ? RETRY_EVERY_MS : REFRESH_EVERY_MS).unref();
    });
    return this.loading;
  }

  private async load(): Promise<void> {
    try {
      const text = await this.fetch();
      if (text !== this.text) {
        this.set = new JwkSet(text);
        this.text = text;
        if (this.set.isEmpty) this.logger.warn('JWT_JWKS_URL answers no key that signatures could be checked with');
        for (const listener of this.listeners) listener();
      }
      if (this.away) this.logger.log('JWT_JWKS_URL answers again');
      this.away = false;
    } catch (error) {
      if (this.stopped.signal.aborted) return;
      const still = this.set
        ? 'the keys that are known stay in use'
        : 'tokens that need its keys are refused until then';
      if (!this.away) this.logger.warn(`JWT_JWKS_URL answers no key set (${reasonOf(error)}); ${still}`);
      this.away = true;
    }
  }

  /** Follows no redirect: the keys come from where the operator said. */
  private async fetch(): Promise<string> {
    const url = this.settings.jwksUrl ?? '';
    const answer = await this.http.request({
      url,
      policy: new NamedOrigin('JWT_JWKS_URL', url),
      headers: { accept: 'application/json' },
      signal: this.stopped.signal,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      redirects: 0,
    });
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    return answer.text();
  }
}

function reasonOf(error: unknown): string {
  const { name, message } = error as Error;
  return name === 'SyntaxError' ? 'not JSON' : message;
}
