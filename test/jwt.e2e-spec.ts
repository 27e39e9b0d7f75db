import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';
import { hmac, now, signer, token, TokenIssuer, type Claims } from './token-issuer.js';

const SECRET = randomBytes(48).toString('base64');
const ISSUER = 'https://login.example.com/';
const AUDIENCE = 'mcp-gateway';
const hs = { alg: 'HS256', typ: 'JWT' };

const rsa = signer('rsa');
const pss = signer('pss', 'PS384', { alg: 'PS384' });
const ec = signer('ec', 'ES256');
const p521 = signer('p521', 'ES512');
const second = signer('second');
const stranger = signer('rsa');
const forEncryption = signer('for encryption', 'RS256', { use: 'enc' });
const other = signer('other alg', 'RS256', { alg: 'RS512' });

const claims = (more: Claims = {}): Claims => ({
  sub: 'ada',
  exp: now() + 600,
  iss: ISSUER,
  aud: AUDIENCE,
  permissions: ['read'],
  ...more,
});
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(claims()).filter(([name]) => !names.includes(name)));
const own = (more: Claims = {}, header: unknown = hs) => token(header, claims(more), hmac(SECRET));
const raw = (payload: unknown, header: unknown = hs) => token(header, payload, hmac(SECRET));
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

const issuer = new TokenIssuer();
/** One answers JSON-RPC at the edge, the other through Nest. */
let gateways: TestGateway[] = [];

beforeAll(async () => {
  issuer.keys = [
    rsa.jwk,
    second.jwk,
    pss.jwk,
    ec.jwk,
    p521.jwk,
    forEncryption.jwk,
    other.jwk,
    { kty: 'oct', kid: 'oct', k: Buffer.from('known to everybody').toString('base64url'), alg: 'HS256' },
    { kty: 'RSA', kid: 'broken', n: '!', e: 1 },
    { kty: 'OKP', kid: 'unsupported', crv: 'Ed25519', x: 'x' },
    null,
    'text',
  ];
  await issuer.open();
  const env = { JWT_SECRET: SECRET, JWT_JWKS_URL: issuer.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
  gateways = await Promise.all([startGateway({ env }), startGateway({ env: { ...env, HOT_PATH: 'off' } })]);
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await issuer.close();
});
afterEach(() => {
  vi.useRealTimers();
});

const whoami = { jsonrpc: '2.0', id: 1, method: 'mcp.execute', params: { service: 'gateway', operation: 'whoami' } };

/** The same request at the busy door, at a Nest route without a body, and at one with a body. */
async function everywhere(headers: Record<string, string>, of = gateways): Promise<Answer[]> {
  const asked = of.map(async (gateway) => [
    await gateway.post('/mcp/rpc', whoami, headers),
    await gateway.get('/api/tools', headers),
    await gateway.post('/api/services/gateway/whoami', {}, headers),
  ]);
  return (await Promise.all(asked)).flat();
}

const statuses = (answers: Answer[]) => [...new Set(answers.map(({ status }) => status))];

async function callerOf(text: string, of = gateways): Promise<unknown> {
  const answers = await everywhere(bearer(text), of);
  expect(statuses(answers)).toEqual([200]);
  const callers = of.map((_, i) => (answers[i * 3]!.body as { result: { data: unknown } }).result.data);
  expect(answers.flatMap(({ body }) => (body as { data?: unknown }).data ?? [])).toEqual(callers);
  const { limits: _, ...caller } = callers[0] as Record<string, unknown>;
  return caller;
}

describe('a good token names its caller at every door', () => {
  const ada = { id: 'jwt:ada', subject: 'ada', recognisedBy: 'jwt', permissions: ['read'] };
  it.each<[name: string, text: () => string, more?: object]>([
    ['HS256', () => own()],
    ['HS256 with a kid, which means nothing then', () => own({}, { ...hs, kid: '../../dev/null' })],
    ['RS256', () => rsa.token(claims())],
    ['PS384, as its key says', () => pss.token(claims())],
    ['ES256', () => ec.token(claims())],
    ['ES512', () => p521.token(claims())],
    ['ES256 without a kid, where one key fits', () => ec.token(claims(), { kid: undefined })],
    [
      'headers that point elsewhere, which nobody follows',
      () => rsa.token(claims(), { jku: 'http://evil.example/', x5u: 'x', jwk: stranger.jwk }),
    ],
    ['an audience among several', () => own({ aud: ['x', AUDIENCE] })],
    ['expired four seconds ago', () => own({ exp: now() - 3 })],
    ['from in four seconds on', () => own({ nbf: now() + 4 })],
    ['a scope', () => raw({ ...without('permissions'), scope: 'openid read  profile' })],
    ['permissions before a scope', () => own({ scope: 'write' })],
    ['permissions that are none here', () => own({ permissions: ['read', 'read', 'read:all', 'constructor'] })],
    ['owner and team', () => own({ owner: 'o', team: 't' }), { owner: 'o', team: 't' }],
    ['an owner that is no name', () => own({ owner: ['o'], team: 'a\nb' })],
    [
      'a subject of 200 characters',
      () => own({ sub: 'x'.repeat(200) }),
      { id: `jwt:${'x'.repeat(200)}`, subject: 'x'.repeat(200) },
    ],
  ])('%s', async (_name, text, more = {}) => {
    expect(await callerOf(text())).toEqual({ ...ada, ...more });
  });

  it('whatever the case of its scheme, and twice the same', async () => {
    const text = own();
    expect(statuses(await everywhere({ authorization: `bEARER   ${text}` }))).toEqual([200]);
  });

  it('and without permissions it may do nothing', async () => {
    const answers = await everywhere(bearer(raw(without('permissions'))));
    expect(answers.map(({ status }) => status)).toEqual([403, 200, 403, 403, 200, 403]);
    expect(answers[1]!.body).toEqual({ tools: [] });
  });

  it('and it shares no history with one whose long subject ends otherwise', async () => {
    const [gateway] = gateways;
    const [one, other] = ['1', '2'].map((end) => bearer(own({ sub: `${'y'.repeat(199)}${end}` })));
    await gateway!.post('/api/services/gateway/whoami', {}, one);
    const calls = await gateway!.post('/api/services/gateway/my_calls', {}, other);
    expect(calls.body).toMatchObject({ data: { calls: [] } });
    const ours = await gateway!.post('/api/services/gateway/my_calls', {}, one);
    expect(ours.body).toMatchObject({ data: { calls: [{ operation: 'whoami' }] } });
  });

  it('and where it holds them, it may administrate', async () => {
    const [gateway] = gateways;
    expect((await gateway!.get('/admin/api-keys', bearer(own({ permissions: ['admin'] })))).status).toBe(200);
    expect((await gateway!.get('/admin/api-keys', bearer(own()))).status).toBe(403);
    expect((await gateway!.get('/health', bearer(own({ permissions: ['monitor'] })))).body).toHaveProperty('memory');
  });
});

const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;
const der = rsa.publicKey.export({ type: 'spki', format: 'der' });
const as = (header: Claims) => token({ typ: 'JWT', ...header }, claims(), hmac(SECRET));

describe('a token is 401 at every door', () => {
  it.each<[name: string, text: () => string]>([
    ['expired', () => own({ exp: now() - 6 })],
    ['expired, asymmetric', () => rsa.token(claims({ exp: now() - 6 }))],
    ['without exp', () => raw(without('exp'))],
    ['exp null', () => own({ exp: null })],
    ['exp as text', () => own({ exp: String(now() + 600) })],
    ['exp without end', () => raw(`{"sub":"ada","iss":"${ISSUER}","aud":"${AUDIENCE}","exp":1e999}`)],
    ['without sub', () => raw(without('sub'))],
    ['sub empty', () => own({ sub: '' })],
    ['sub blank', () => own({ sub: '  ' })],
    ['sub a number', () => own({ sub: 7 })],
    ['sub too long', () => own({ sub: 'x'.repeat(201) })],
    ['sub with a line break', () => own({ sub: 'a\nb' })],
    ['sub with a mark that turns its direction', () => own({ sub: 'a\u202eb' })],
    ['sub with a line separator', () => own({ sub: 'a\u2028b' })],
    ['sub with NUL', () => own({ sub: 'a\u0000' })],
    ['not yet', () => own({ nbf: now() + 60 })],
    ['nbf as text', () => own({ nbf: '0' })],
    ['of another issuer', () => own({ iss: 'https://evil.example/' })],
    ['without an issuer', () => raw(without('iss'))],
    ['for another audience', () => own({ aud: 'other' })],
    ['for no audience', () => raw(without('aud'))],
    ['permissions as text', () => own({ permissions: 'read' })],
    ['permissions null', () => own({ permissions: null })],
    ['permissions of another type', () => own({ permissions: ['read', 7] })],
    ['a scope that is no text', () => raw({ ...without('permissions'), scope: ['read'] })],
    ['alg none', () => token({ alg: 'none' }, claims(), () => '')],
    ['alg None with a signature', () => as({ alg: 'None' })],
    ['no alg', () => as({})],
    ['alg null', () => as({ alg: null })],
    ['alg in lower case', () => as({ alg: 'hs256' })],
    ['alg in an array', () => as({ alg: ['HS256'] })],
    ['HS384 with our secret', () => token({ alg: 'HS384' }, claims(), hmac(SECRET, 'sha384'))],
    ['HS512 with our secret', () => token({ alg: 'HS512' }, claims(), hmac(SECRET, 'sha512'))],
    ['another secret', () => token(hs, claims(), hmac('x'.repeat(32)))],
    ['an empty secret', () => token(hs, claims(), hmac(''))],
    ['no signature', () => token(hs, claims(), () => '')],
    ['half a signature', () => own().slice(0, -20)],
    [
      'other claims under a signature',
      () => [own().split('.')[0], own({ sub: 'eve' }).split('.')[1], own().split('.')[2]].join('.'),
    ],
    ['HS256 with the public key as secret', () => token({ ...hs, kid: 'rsa' }, claims(), hmac(pem))],
    ['HS256 with the public key in DER', () => token({ ...hs, kid: 'rsa' }, claims(), hmac(der))],
    ['HS256 with a symmetric key of the set', () => token({ ...hs, kid: 'oct' }, claims(), hmac('known to everybody'))],
    ['RS256 signed with our secret', () => as({ alg: 'RS256', kid: 'rsa' })],
    ['a key of somebody else under a known kid', () => stranger.token(claims())],
    ['a key that the token brings', () => stranger.token(claims(), { jwk: stranger.jwk, x5c: ['x'] })],
    ['a kid that is no text', () => rsa.token(claims(), { kid: 7 })],
    ['a kid that nobody has', () => rsa.token(claims(), { kid: 'constructor' })],
    ['an algorithm that does not fit the key', () => rsa.token(claims(), { alg: 'ES256' })],
    ['an algorithm that the key excludes', () => other.token(claims())],
    ['a key that is for encryption', () => forEncryption.token(claims())],
    ['no kid, where several keys fit', () => rsa.token(claims(), { kid: undefined })],
    ['crit', () => own({}, { ...hs, crit: ['exp'] })],
    ['crit, empty', () => own({}, { ...hs, crit: [] })],
    ['more than 8 KiB', () => own({ more: 'x'.repeat(8_000) })],
    ['claims that are an array', () => raw([claims()])],
    ['claims that are null', () => raw('null')],
    ['claims that are text', () => raw('"ada"')],
    ['claims that are no JSON', () => raw('{')],
    ['a header that is no JSON', () => own({}, '{')],
    ['a header that is null', () => own({}, 'null')],
    ['a header that is an array', () => own({}, '["HS256"]')],
    ['dots alone', () => 'a.b.c'],
    ['five parts', () => `${own()}.x.y`],
    ['a prototype as header', () => own({}, '{"__proto__":{"alg":"HS256"}}')],
    ['a prototype as claims', () => raw(`{"__proto__":${JSON.stringify(claims())}}`)],
  ])('%s', async (_name, text) => {
    const presented = text();
    const answers = await everywhere(bearer(presented));
    expect(statuses(answers)).toEqual([401]);
    const shown = answers.map(({ body }) => (body as { error: { code: number; message: string } }).error);
    expect(new Set(shown.map(({ code, message }) => `${code} ${message}`)).size).toBe(1);
    expect(shown[0]!.code).toBe(-32010);
    for (const { text: answer, headers } of answers) {
      expect(headers['www-authenticate']).toMatch(/^Bearer /);
      expect(answer).not.toContain(presented);
    }
  });
});

describe('how a token comes', () => {
  it.each<[name: string, headers: (text: string) => Record<string, string>]>([
    ['as X-MCP-Key', (text) => ({ 'x-mcp-key': text })],
    ['as X-API-Key', (text) => ({ 'x-api-key': text })],
    ['as Bearer and as X-MCP-Key', (text) => ({ ...bearer(text), 'x-mcp-key': text })],
    ['with a good key beside it', (text) => ({ ...bearer(text), 'x-mcp-key': ADMIN_KEY })],
    ['with a bad key beside it', (text) => ({ ...bearer(text), 'x-api-key': 'nonsense' })],
    ['under another scheme', (text) => ({ authorization: `JWT ${text}` })],
    ['without a scheme', (text) => ({ authorization: text })],
  ])('%s it is 401', async (_name, headers) => {
    expect(statuses(await everywhere(headers(own())))).toEqual([401]);
  });

  it('a bad one beside a good key is 401 too', async () => {
    expect(statuses(await everywhere({ ...bearer(own({ exp: 1 })), 'x-mcp-key': ADMIN_KEY }))).toEqual([401]);
  });

  it('a token does not take the place of the address where it is bad', async () => {
    expect(statuses(await everywhere({}))).toEqual([200]);
    expect(statuses(await everywhere(bearer('a.b.c')))).toEqual([401]);
  });
});

describe('the clock', () => {
  const setClock = (time: number) => {
    vi.useFakeTimers({ toFake: ['Date'], now: time });
  };
  const moveClock = (ms: number) => {
    setClock(Date.now() + ms);
  };
  const statusOf = async (text: string) => statuses(await everywhere(bearer(text)));

  it('ends a token that was taken a moment before', async () => {
    const exp = now() + 60;
    const text = own({ exp });
    expect(await statusOf(text)).toEqual([200]);
    setClock((exp + 4) * 1_000);
    expect(await statusOf(text)).toEqual([200]);
    setClock((exp + 6) * 1_000);
    expect(await statusOf(text)).toEqual([401]);
  });

  it('set back an hour locks nobody out', async () => {
    const text = own();
    expect(await statusOf(text)).toEqual([200]);
    moveClock(-3_600_000);
    expect(await statusOf(text)).toEqual([200]);
    expect(await statusOf(own())).toEqual([200]);
  });

  it('set forward and back again locks nobody out', async () => {
    const text = own();
    expect(await statusOf(text)).toEqual([200]);
    moveClock(3_600_000);
    expect(await statusOf(text)).toEqual([401]);
    vi.useRealTimers();
    expect(await statusOf(text)).toEqual([200]);
  });

  it('set back an hour revives no token that has expired', async () => {
    const text = own({ exp: now() - 1 });
    expect(await statusOf(text)).toEqual([200]);
    await vi.waitFor(async () => expect(await statusOf(text)).toEqual([401]), { timeout: 10_000, interval: 200 });
    moveClock(-3_600_000);
    expect(await statusOf(text)).toEqual([401]);
  });
});

describe('without settings for tokens', () => {
  it('every token is 401', async () => {
    const plain = await startGateway();
    try {
      expect(statuses(await everywhere(bearer(own()), [plain]))).toEqual([401]);
      expect(statuses(await everywhere(bearer(rsa.token(claims())), [plain]))).toEqual([401]);
    } finally {
      await plain.close();
    }
  });

  it.each([
    [
      'JWT_SECRET',
      'your-super-secret-jwt-token-with-at-least-32-characters-long',
      /JWT_SECRET must be random text of at least 32 characters \(it is published/,
    ],
    ['JWT_SECRET', 'x'.repeat(64), /JWT_SECRET must be random text/],
    ['JWT_SECRET', randomBytes(20).toString('base64url'), /JWT_SECRET must be random text of at least 32 characters/],
    ['JWT_EXPIRES_IN', 'soon', /JWT_EXPIRES_IN must be seconds, or a text such as 15m, 24h or 7d, up to 30 days/],
    ['JWT_EXPIRES_IN', '31d', /JWT_EXPIRES_IN must be .* up to 30 days/],
    ['JWT_EXPIRES_IN', '0', /JWT_EXPIRES_IN must be/],
    ['JWT_JWKS_URL', 'file:///etc/passwd', /JWT_JWKS_URL must be a URL that starts with http/],
  ])('%s=%s refuses the start without showing it', async (name, value, message) => {
    const refusal = await startGateway({ env: { [name]: value } }).catch((error: unknown) => (error as Error).message);
    expect(refusal).toMatch(message);
    if (name === 'JWT_SECRET') expect(refusal).not.toContain(value);
  });
});

describe('the issuer’s keys', () => {
  const away = new TokenIssuer();
  let gateway: TestGateway;
  const statusOf = async (text: string) => statuses(await everywhere(bearer(text), [gateway]));

  /** A gateway that has loaded the first key. */
  async function start(...keys: unknown[]): Promise<void> {
    away.keys = keys;
    away.answer = undefined;
    await away.open();
    away.asked = 0;
    gateway = await startGateway({ env: { JWT_JWKS_URL: away.url, JWT_SECRET: SECRET } });
    await vi.waitFor(() => expect(away.asked).toBe(1), 10_000);
  }
  afterEach(async () => {
    await gateway.close();
    await away.close();
  });

  it('a new key is known at its first token, and one that was removed no more', async () => {
    await start(rsa.jwk);
    const old = rsa.token(claims());
    expect(await statusOf(old)).toEqual([200]);
    away.keys = [ec.jwk];
    expect(await statusOf(old)).toEqual([200]);
    expect(await statusOf(ec.token(claims()))).toEqual([200]);
    expect(away.asked).toBe(2);
    expect(await statusOf(old)).toEqual([401]);
  });

  it('are asked for once, however many tokens name keys that nobody has', async () => {
    await start(rsa.jwk);
    const unknown = Array.from({ length: 20 }, (_, i) => rsa.token(claims(), { kid: `nobody-${i}` }));
    expect(await Promise.all(unknown.map(statusOf))).toEqual(unknown.map(() => [401]));
    expect(away.asked).toBe(2);
  });

  it.each<[name: string, fail: () => unknown]>([
    ['is down', () => away.close()],
    ['answers 500', () => (away.answer = { status: 500, body: '{}' })],
    ['sends elsewhere', () => (away.answer = { status: 302, body: '', headers: { location: issuer.url } })],
    ['answers no JSON', () => (away.answer = { status: 200, body: '<html>' })],
    ['answers something else', () => (away.answer = { status: 200, body: '{"keys":{}}' })],
    ['answers null', () => (away.answer = { status: 200, body: 'null' })],
    [
      'answers without end',
      () => (away.answer = { status: 200, body: ' '.repeat(300_000) + JSON.stringify({ keys: [ec.jwk] }) }),
    ],
  ])('stay in use while the issuer %s', async (_name, fail) => {
    await start(rsa.jwk);
    await vi.waitFor(async () => expect(await statusOf(rsa.token(claims()))).toEqual([200]), 10_000);
    await fail();
    expect(await statusOf(ec.token(claims()))).toEqual([401]);
    expect(await statusOf(rsa.token(claims({ sub: 'eve' })))).toEqual([200]);
  });

  it('that were never there make a token wait for another try, and are taken when they come', async () => {
    await start(rsa.jwk);
    await gateway.close();
    await away.close();
    gateway = await startGateway({ env: { JWT_JWKS_URL: away.url, JWT_SECRET: SECRET } });
    const text = rsa.token(claims());
    const answers = await everywhere(bearer(text), [gateway]);
    expect(answers.map(({ status }) => status)).toEqual([200, 502, 502]);
    for (const { body, headers } of answers) {
      const { code, data, details } = (body as { error: Record<string, unknown> }).error;
      expect([code, data ?? details]).toEqual([-32016, expect.objectContaining({ retryable: true })]);
      expect(headers['retry-after']).toBe('1');
    }
    expect((await gateway.get('/health', bearer(text))).status).toBe(200);
    expect(await statusOf(own())).toEqual([200]);
    expect(await statusOf('a.b.c')).toEqual([401]);
    await away.open();
    await vi.waitFor(async () => expect(await statusOf(text)).toEqual([200]), { timeout: 5_000, interval: 200 });
  });

  it('do not delay the start', async () => {
    // accepts connections and never answers
    await start(rsa.jwk);
    await gateway.close();
    const { createServer } = await import('node:net');
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const before = performance.now();
    gateway = await startGateway({ env: { JWT_JWKS_URL: `http://127.0.0.1:${port}/` } });
    expect(performance.now() - before).toBeLessThan(4_000);
    expect((await gateway.get('/ready')).status).toBe(200);
    silent.close();
  });
});
