import type { IncomingMessage } from 'node:http';
import { ExtractJwt, Strategy, type SecretOrKeyProvider } from 'passport-jwt';
import type { Caller } from '#libs/kit';
import type { JwtVerifier } from './jwt-verifier.js';

type Answer = (request: IncomingMessage, done: (error: Error | null, caller?: Caller) => void) => void;

/**
 * Passport's strategy for tokens: it checks with the authority's keys and by its rules, and then asks the authority. What
 * it refuses itself, such as a token in its five seconds of leeway, the gate leaves to the authority too.
 */
export function jwtStrategy(tokens: JwtVerifier, answer: Answer): Strategy {
  const { algorithms, issuer, audience } = tokens.rules;
  const secretOrKeyProvider: SecretOrKeyProvider = (_request, token: string, done) => {
    void keyOf(tokens, token)
      // jsonwebtoken takes a KeyObject too, which these types do not know
      .then((key) => done(null, key as unknown as Buffer))
      // jsonwebtoken throws for claims that are null, and passport-jwt passes that on
      .catch((error: unknown) => done(error));
  };
  return new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider,
      algorithms,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
      passReqToCallback: true,
    },
    (request: IncomingMessage, _claims: unknown, done: Parameters<Answer>[1]) => {
      answer(request, done);
    },
  );
}

async function keyOf(tokens: JwtVerifier, token: string) {
  return tokens.keyFor(token);
}
