/** Secrets that stand in specifications, tutorials and sample projects, 32 characters or more. */
const published = new Set([
  // RFC 7515 appendix A.1, RFC 7520 section 3.5
  'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg',
  '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970',
  '586E3272357538782F413F4428472B4B6250655368566B597033733676397924',
  '5367566B59703373367639792F423F4528482B4D6251655468576D5A71347437',
  '3cfa76ef14937c1c0ea519f8fc057a80fcd04a7420f8e8bcd0a7567c272e007b',
  'K8jd73ms82xhsOq9zP1lMf7Ks92xLQ8sdjf93KslWpa9BvnsPQ7Ks82lZlxMf9Lp',
]);

/** What placeholders are made of: `your-super-secret-jwt-key-min-32-chars`, `change_this_secret_in_production`. */
const PLACEHOLDER = new RegExp(
  'your|change|replace|please|super|very|long|least|length|minimum|min|maximum|max|secret|private|secure|strong|safe|' +
    'random|unique|default|sample|example|placeholder|generated|generate|string|text|value|token|json|web|jwt|key|' +
    'passphrase|password|pass|signing|signature|auth|access|refresh|session|cookie|application|app|api|server|backend|' +
    'production|prod|development|dev|local|should|must|use|used|here|this|that|with|and|for|the|not|only|some|any|' +
    'characters|character|chars|char|bytes|byte|bits|bit|more|than|keyboard|cat|' +
    'qwertyuiop|qwerty|asdfghjkl|asdf|zxcvbnm|admin|root|hello|world|foo|bar|baz|me|my|be|in|is|it|at|to|of|or|an?|i|[0-9]+',
  'g',
);
const FEWEST_DISTINCT_CHARACTERS = 8;

/** Whether a secret is known to everybody, or so simple that it is soon guessed. */
export function isWeakSecret(secret: string): boolean {
  return (
    published.has(secret) ||
    secret.includes('-----BEGIN') ||
    new Set(secret).size < FEWEST_DISTINCT_CHARACTERS ||
    repeatsItself(secret) ||
    isSequence(secret) ||
    isPlaceholder(secret)
  );
}

function isPlaceholder(secret: string): boolean {
  const letters = secret.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return letters.replaceAll(PLACEHOLDER, '') === '';
}

function repeatsItself(secret: string): boolean {
  for (let period = 1; period <= secret.length / 2; period += 1) {
    if (secret.slice(period) === secret.slice(0, -period)) return true;
  }
  return false;
}

/** Most characters follow the one before them in the alphabet or among the digits, up or down. */
function isSequence(secret: string): boolean {
  let steps = 0;
  for (let i = 1; i < secret.length; i += 1) {
    if (Math.abs(secret.charCodeAt(i) - secret.charCodeAt(i - 1)) <= 1) steps += 1;
  }
  return steps > secret.length / 2;
}
