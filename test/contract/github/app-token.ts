import { createPublicKey, createVerify, type KeyObject } from 'node:crypto';

/** Why GitHub would not take an App's JWT; undefined where it would. */
export function faultOfJwt(
  token: string,
  appId: string,
  privateKey: string,
  now = Date.now() / 1_000,
): string | undefined {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const key: KeyObject = createPublicKey(privateKey);
  const signed = createVerify('RSA-SHA256').update(`${head}.${payload}`).verify(key, signature, 'base64url');
  if (!signed) return 'A JSON web token could not be decoded';
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString());
  const { iss, iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString());
  if (alg !== 'RS256') return 'A JSON web token could not be decoded';
  if (String(iss) !== appId) return "'Issuer' claim ('iss') must be an Integer";
  if (!Number.isInteger(iat) || iat > now)
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  if (!Number.isInteger(exp) || exp <= now)
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  if (exp > now + 600) return "'Expiration time' claim ('exp') is too far in the future";
  return undefined;
}
