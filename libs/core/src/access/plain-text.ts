/** Longest name of anything: of a key, a token's subject, an owner, a team. */
export const MAX_NAME = 200;

/**
 * PostgreSQL takes no NUL, UTF-8 no lone surrogate, and no log's reader any other control character, line break or mark
 * that turns the direction of what follows.
 */
export function isPlainText(text: string): boolean {
  return !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(text);
}

/** Whether a claim of a token is a name such as an admin could have given. */
export function isPlainName(claim: unknown): claim is string {
  return typeof claim === 'string' && claim.trim() !== '' && claim.length <= MAX_NAME && isPlainText(claim);
}
