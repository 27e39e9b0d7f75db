import { errors } from 'undici';

/** What came is no answer of HTTP/1.1, or none that this client takes. */
export function brokenAnswer(what: string): Error {
  return new errors.HTTPParserError(`The answer has ${what}`);
}
