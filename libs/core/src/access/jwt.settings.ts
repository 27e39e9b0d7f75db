import { setting, settings, value } from '#libs/kit';
import { secondsOf } from './duration.js';
import { isWeakSecret } from './weak-secrets.js';

/** Longest life of a token that the gateway signs. */
const MAX_TOKEN_SECONDS = 30 * 86_400;

/** Whether a token that the gateway signs may live so long. */
export function isTokenLife(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_TOKEN_SECONDS;
}

export const tokenLifeForms = 'seconds, or a text such as 15m, 24h or 7d, up to 30 days';

const secret = value
  .text(32)
  .refine(
    (text) => !isWeakSecret(text),
    'it is published somewhere or too simple; openssl rand -base64 48 makes a good one',
  )
  .describe('random text of at least 32 characters');

const expiresIn = value
  .text()
  .transform((text) => secondsOf(text) ?? Number.NaN)
  .refine(isTokenLife)
  .describe(tokenLifeForms);

export class JwtSettings extends settings({
  secret: setting('JWT_SECRET', secret, {
    description: 'Signs and checks tokens (HS256); unset: no such tokens',
    secret: true,
    renewable: true,
    key: 'security.jwtSecret',
  }),
  secretPrevious: setting('JWT_SECRET_PREVIOUS', secret, {
    description: 'The secret before JWT_SECRET was changed: its tokens are still taken, and no new ones signed with it',
    secret: true,
    renewable: true,
    key: 'security.jwtSecretPrevious',
  }),
  /** Seconds. */
  expiresIn: setting('JWT_EXPIRES_IN', expiresIn, {
    description: 'How long a token of POST /admin/tokens lives where nothing else is asked for',
    default: '24h',
    key: 'security.jwtExpiresIn',
  }),
  jwksUrl: setting('JWT_JWKS_URL', value.url('http', 'https'), {
    description: 'Public keys of an issuer whose tokens are taken (RS, PS and ES with 256, 384, 512)',
    key: 'security.jwtJwksUrl',
  }),
  issuer: setting('JWT_ISSUER', value.text(), {
    description: 'What the claim iss of every token must be',
    key: 'security.jwtIssuer',
  }),
  audience: setting('JWT_AUDIENCE', value.text(), {
    description: 'What the claim aud of every token must be or hold',
    key: 'security.jwtAudience',
  }),
}) {}
