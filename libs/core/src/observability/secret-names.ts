/** Words that make a name secret wherever they stand in it. */
const anywhere = /passw(?:or)?d|passphrase|secret|credential|api_?key|private_?key|access_?key|connection_?string/;

/** Last words that do. */
const lastWords = new Set([
  'auth',
  'authorization',
  'bearer',
  'cookie',
  'cookies',
  'dsn',
  'jwt',
  'otp',
  'pass',
  'pat',
  'pwd',
  'token',
]);

/** What stands before `token` where it only counts or finds a place. */
const harmlessTokens = new Set(['continuation', 'cursor', 'max', 'min', 'next', 'page', 'per', 'progress', 'resume']);

/** What stands before `key` where it opens something; a primary or public key does not. */
const secretKeys = new Set([
  'account',
  'admin',
  'auth',
  'bot',
  'deploy',
  'embeddings',
  'encryption',
  'license',
  'master',
  'mcp',
  'pagerduty',
  'service',
  'session',
  'shared',
  'signing',
  'ssh',
  'storage',
  'webhook',
]);

/** Names that end in one of these are secret although no word begins there, as PGPASSWORD and accesstoken. */
const endings = ['pwd', 'accesstoken', 'authtoken', 'apitoken', 'idtoken', 'refreshtoken', 'sessiontoken'];

const LONGEST_NAME = 128;
const MOST_KNOWN = 2_000;

/** Names come from callers, so that what is known of them is thrown away when it grows. */
const known = new Map<string, boolean>();

/**
 * Whether what stands under this name is secret: `apiKey`, `API_KEY`, `x-api-key` and `api key` are one name. Counts and
 * places are not (`maxTokens`, `tokenCost`, `nextPageToken`).
 */
export function isSecretName(name: string): boolean {
  const found = known.get(name);
  if (found !== undefined) return found;
  const secret = judge(name.length > LONGEST_NAME ? name.slice(-LONGEST_NAME) : name);
  if (known.size >= MOST_KNOWN) known.clear();
  if (name.length <= LONGEST_NAME) known.set(name, secret);
  return secret;
}

function judge(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (anywhere.test(words.join('_'))) return true;
  if (last === 'token') return !harmlessTokens.has(before);
  if (last === 'key') return secretKeys.has(before);
  return lastWords.has(last) || endings.some((ending) => last.endsWith(ending));
}
