import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type passport from 'passport';
import type { Caller } from '#libs/kit';
import { Authenticator } from './authenticator.js';
import { JwtVerifier } from './jwt-verifier.js';

type Passport = InstanceType<(typeof passport)['Passport']>;
type Done = (error: Error | null, caller?: Caller) => void;

/**
 * Passport with one strategy for each way to be recognised. A strategy only finds its credential; who it belongs to is
 * the authenticator's to say, from the request as a whole. Passport's instance is our own, since the global one would be
 * shared by every gateway in a process.
 */
@Injectable()
export class PassportGate {
  private strategies: Promise<Passport> | undefined;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly tokens: JwtVerifier,
  ) {}

  /** The caller of a request; rejects with `unauthenticated`. One strategy is asked, so that no other can outvote it. */
  async recognise(request: Request, response: Response): Promise<Caller> {
    const strategies = await (this.strategies ??= this.load());
    const way = this.authenticator.wayOf(request);
    return new Promise((resolve, reject) => {
      const decide: Done = (error, caller) => {
        if (caller) resolve(caller);
        else if (error) reject(error);
        // a strategy that gives up by itself, as for an empty header, leaves the reason to the authority
        else void this.answer(request, decide);
      };
      const handler = strategies.authenticate(way, { session: false }, decide) as (
        request: Request,
        response: Response,
        next: Done,
      ) => void;
      handler(request, response, decide);
    });
  }

  /** Passport brings much along, all of lodash among it; calls at the busy doors need none of that. */
  private async load(): Promise<Passport> {
    const [{ default: passport }, { Strategy: CustomStrategy }, { HeaderAPIKeyStrategy }, { jwtStrategy }] =
      await Promise.all([
        import('passport'),
        import('passport-custom'),
        import('passport-headerapikey'),
        import('./jwt-strategy.js'),
      ]);
    const strategies = new passport.Passport();
    for (const header of ['X-MCP-Key', 'X-API-Key']) {
      const strategy = new HeaderAPIKeyStrategy({ header, prefix: '' }, true, (_key, done, request) => {
        if (request) void this.answer(request, done);
      });
      strategies.use(header.toLowerCase(), strategy);
    }
    for (const way of ['bearer', 'query', 'address']) {
      strategies.use(
        way,
        new CustomStrategy((request, done) => {
          void this.answer(request, done);
        }),
      );
    }
    strategies.use(
      'jwt',
      jwtStrategy(this.tokens, (request, done) => {
        void this.answer(request, done);
      }),
    );
    return strategies;
  }

  private async answer(request: IncomingMessage, done: Done): Promise<void> {
    let caller: Caller;
    try {
      caller = await this.authenticator.identify(request);
    } catch (error) {
      done(error as Error);
      return;
    }
    done(null, caller);
  }
}
