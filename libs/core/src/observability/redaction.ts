const REDACTED = '[redacted]';
/** Deeper values are cut off: whoever nests so deep is not writing for a reader. */
const MAX_DEPTH = 64;

/** Names of members whose values are secrets, without `-` and `_`. */
const SECRET_NAME =
  /passw(?:or)?d|passphrase|passwd|secret|(?:access|refresh|auth|bearer|api|id|session)token|^token$|token$|apikey|privatekey|secretkey|accesskey|signingkey|credential|authorization|cookie|^pwd$|^dsn$|connectionstring/i;
/** Names that only look like such: `maxTokens` counts. */
const PLAIN_NAME =
  /(?:max|min|num|total|used|page|cursor|next|per).*tokens?$|tokens(?:used|perday|count)$|^tokencost$|pagetoken$/i;

/** Texts that are secrets wherever they stand. One expression: each text is scanned once. */
const SECRET_TEXT = new RegExp(
  [
    String.raw`mcp_live_[0-9A-Za-z]{8,}`,
    String.raw`\bgh[oprsu]_[0-9A-Za-z_]{16,}`,
    String.raw`\bgithub_pat_[0-9A-Za-z_]{16,}`,
    String.raw`\bsk-[0-9A-Za-z_-]{16,}`,
    String.raw`\bxox[a-z]-[0-9A-Za-z-]{10,}`,
    String.raw`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`,
    String.raw`\beyJ[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]*`,
    String.raw`-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)`,
  ].join('|'),
  'g',
);
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,200}:)[^\s/@]{1,500}@/gi;
const BEARER = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;

/** A text without the secrets that can be known by their shape. */
export function redactText(text: string): string {
  if (text.length < 8) return text;
  return text.replace(SECRET_TEXT, REDACTED).replace(URL_PASSWORD, `$1${REDACTED}@`).replace(BEARER, `$1 ${REDACTED}`);
}

/** A copy of a JSON value without secrets, known by the name of their member or by their shape. */
export function redact(value: unknown): unknown {
  return redactAt(value, 0);
}

function redactAt(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redactAt(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    copy[redactText(name)] = isSecretName(name) && holdsSomething(member) ? REDACTED : redactAt(member, depth + 1);
  }
  return copy;
}

function isSecretName(name: string): boolean {
  if (name.length > 100) return false;
  const plain = name.replaceAll(/[-_\s]/g, '');
  return SECRET_NAME.test(plain) && !PLAIN_NAME.test(plain);
}

function holdsSomething(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'boolean';
}
