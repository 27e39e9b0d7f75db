import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import passport from 'passport';
import { Strategy as CustomStrategy } from 'passport-custom';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import type { Caller } from '#libs/kit';
import { Authenticator } from './authenticator.js';
import { jwtStrategy } from './jwt-strategy.js';
import { JwtVerifier } from './jwt-verifier.js';

type Done = (error: Error | null, caller?: Caller) => void;

/**
 * Passport with one strategy for each way to be recognised. A strategy only finds its credential; who it belongs to is
 * the authenticator's to say, from the request as a whole. Passport's instance is our own, since the global one would be
 * shared by every gateway in a process.
 */
@Injectable()
export class PassportGate {
  private readonly passport = new passport.Passport();

  constructor(
    private readonly authenticator: Authenticator,
    tokens: JwtVerifier,
  ) {
    for (const header of ['X-MCP-Key', 'X-API-Key']) {
      const strategy = new HeaderAPIKeyStrategy({ header, prefix: '' }, true, (_key, done, request) => {
        if (request) void this.answer(request, done);
      });
      this.passport.use(header.toLowerCase(), strategy);
    }
    for (const way of ['bearer', 'query', 'address']) {
      this.passport.use(
        way,
        new CustomStrategy((request, done) => {
          void this.answer(request, done);
        }),
      );
    }
    this.passport.use(
      'jwt',
      jwtStrategy(tokens, (request, done) => {
        void this.answer(request, done);
      }),
    );
  }

  /** The caller of a request; rejects with `unauthenticated`. One strategy is asked, so that no other can outvote it. */
  recognise(request: Request, response: Response): Promise<Caller> {
    const way = this.authenticator.wayOf(request);
    return new Promise((resolve, reject) => {
      const decide: Done = (error, caller) => {
        if (caller) resolve(caller);
        else if (error) reject(error);
        // a strategy that gives up by itself, as for an empty header, leaves the reason to the authority
        else void this.answer(request, decide);
      };
      const handler = this.passport.authenticate(way, { session: false }, decide) as (
        request: Request,
        response: Response,
        next: Done,
      ) => void;
      handler(request, response, decide);
    });
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
