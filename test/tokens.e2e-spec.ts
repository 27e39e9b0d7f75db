import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

const SECRET = randomBytes(48).toString('base64');
const admin = { 'x-mcp-key': ADMIN_KEY };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let gateway: TestGateway;

beforeAll(async () => {
  const env = {
    JWT_SECRET: SECRET,
    JWT_EXPIRES_IN: '15m',
    JWT_ISSUER: 'https://gateway.example/',
    JWT_AUDIENCE: 'mcp',
  };
  gateway = await startGateway({ env });
});
afterAll(() => gateway.close());

interface Minted {
  token: string;
  expiresAt: string;
}

const mint = (body: unknown, headers: Record<string, string> = admin) => gateway.post('/admin/tokens', body, headers);
const claimsOf = (token: string) =>
  token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>);
const errorOf = ({ status, body }: Answer) => {
  const { kind, details } = (body as { error: { kind: string; details: Record<string, unknown> } }).error;
  return { status, kind, details };
};
const pathsOf = (answer: Answer) => (errorOf(answer).details.issues as { path: string }[]).map(({ path }) => path);

/** A key that holds these permissions. */
async function keyWith(...permissions: string[]): Promise<Record<string, string>> {
  const { body } = await gateway.post('/admin/api-keys', { name: 'lesser', permissions }, admin);
  return { 'x-mcp-key': (body as { key: string }).key };
}

describe('a new token', () => {
  it('lets its subject in, with the permissions that were granted and all claims that are checked', async () => {
    const { status, body } = await mint({ subject: ' ci runner ', permissions: ['read', 'gateway.echo'] });
    const { token, expiresAt, ...rest } = body as Minted;
    expect([status, rest]).toEqual([201, {}]);
    const [header, claims] = claimsOf(token);
    const exp = Math.floor(Date.parse(expiresAt) / 1_000);
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(claims).toEqual({
      sub: 'ci runner',
      permissions: ['read', 'gateway.echo'],
      iat: exp - 900,
      exp,
      iss: 'https://gateway.example/',
      aud: 'mcp',
      jti: expect.stringMatching(UUID),
    });
    expect(Math.abs(exp - 900 - Date.now() / 1_000)).toBeLessThan(30);
    const { body: known } = await gateway.post(
      '/api/services/gateway/whoami',
      {},
      { authorization: `Bearer ${token}` },
    );
    expect((known as { data: unknown }).data).toMatchObject({
      id: 'jwt:ci runner',
      subject: 'ci runner',
      recognisedBy: 'jwt',
      permissions: ['read', 'gateway.echo'],
    });
  });

  it.each<[expiresIn: unknown, seconds: number]>([
    [1, 1],
    [3600, 3_600],
    ['3600', 3_600],
    ['90s', 90],
    ['15m', 900],
    ['24h', 86_400],
    ['7d', 604_800],
    ['30d', 2_592_000],
    [2_592_000, 2_592_000],
  ])('lives for %j as %d seconds', async (expiresIn, seconds) => {
    const { body } = await mint({ subject: 'x', permissions: ['read'], expiresIn });
    const { token, expiresAt } = body as Minted;
    const { iat, exp } = claimsOf(token)[1] as { iat: number; exp: number };
    expect(exp - iat).toBe(seconds);
    expect(Date.parse(expiresAt)).toBe(exp * 1_000);
  });

  it.each<[body: unknown, paths: string[]]>([
    [{}, ['subject', 'permissions']],
    [[], ['arguments']],
    [{ subject: '', permissions: ['read'] }, ['subject']],
    [{ subject: 'a\nb', permissions: ['read'] }, ['subject']],
    [{ subject: 'x'.repeat(201), permissions: ['read'] }, ['subject']],
    [{ subject: 'x', permissions: [] }, ['permissions']],
    [{ subject: 'x', permissions: ['read', 'everything'] }, ['permissions[1]']],
    [
      { subject: 'x', permissions: Array.from({ length: 200 }, (_, i) => `service.${'x'.repeat(60)}${i}`) },
      ['permissions'],
    ],
    [{ subject: 'x', permissions: ['read'], expiresAt: '2999-01-01' }, ['expiresAt']],
    [{ subject: 'x', permissions: ['read'], sub: 'y', aud: 'z' }, ['sub', 'aud']],
    ...[
      0,
      -1,
      1.5,
      2_592_001,
      1e300,
      null,
      true,
      {},
      [],
      '',
      '0',
      '-1',
      '1.5h',
      '31d',
      '1w',
      '1 h',
      'forever',
      ' 1h',
    ].map((expiresIn): [unknown, string[]] => [{ subject: 'x', permissions: ['read'], expiresIn }, ['expiresIn']]),
  ])('is refused as %j', async (body, paths) => {
    const answer = await mint(body);
    expect([answer.status, pathsOf(answer)]).toEqual([400, paths]);
  });

  it('says how long it may live at most', async () => {
    const { text } = await mint({ subject: 'x', permissions: ['read'], expiresIn: '31d' });
    expect(text).toContain('up to 30 days');
  });
});

describe('an admin grants only what it holds itself', () => {
  it.each<[held: string[], granted: string[], missing: string | undefined]>([
    [['*'], ['*', 'admin', 'postgres.query'], undefined],
    [['admin', 'read'], ['read', 'postgres:read', 'admin', 'gateway:admin'], undefined],
    [['admin', 'postgres:read'], ['postgres:read'], undefined],
    [['admin', 'workspace.read-file'], ['workspace.read_file'], undefined],
    [['admin', 'read'], ['*'], '*'],
    [['admin', 'read'], ['read', 'write'], 'write'],
    [['admin', 'postgres:read'], ['read'], 'read'],
    [['admin', 'postgres:read'], ['github:read'], 'github:read'],
    [['admin', 'read', 'postgres:read'], ['postgres.query'], 'postgres.query'],
    [['admin', 'postgres.query'], ['postgres:read'], 'postgres:read'],
  ])('%j grants %j', async (held, permissions, missing) => {
    const by = await keyWith(...held);
    const { body } = await gateway.post('/admin/api-keys', { name: 'target', permissions: ['*'] }, admin);
    const target = `/admin/api-keys/${(body as { id: string }).id}`;
    const change = { method: 'PATCH', path: target, headers: { ...by, 'content-type': 'application/json' } };
    const answers = [
      await mint({ subject: 'x', permissions }, by),
      await gateway.post('/admin/api-keys', { name: 'x', permissions }, by),
      await gateway.send({ ...change, body: JSON.stringify({ permissions }) }),
      await gateway.post(`${target}/rotate`, {}, by),
    ];
    expect(answers.map(({ status }) => status)).toEqual(
      missing === undefined ? [201, 201, 200, 200] : [403, 403, 403, 403],
    );
    if (missing === undefined) return;
    expect(answers.slice(0, 3).map(errorOf)).toEqual(
      Array.from({ length: 3 }, () => ({ status: 403, kind: 'forbidden', details: { permission: missing } })),
    );
    expect(errorOf(answers[3]!)).toEqual({ status: 403, kind: 'forbidden', details: { permission: '*' } });
    expect((await gateway.get(target, admin)).body).toMatchObject({ permissions: ['*'] });
  });

  it('and one that is known by a token grants no more than that', async () => {
    const { body } = await mint({ subject: 'x', permissions: ['admin', 'read'] });
    const by = { authorization: `Bearer ${(body as Minted).token}` };
    expect((await mint({ subject: 'y', permissions: ['admin', 'read'] }, by)).status).toBe(201);
    expect(errorOf(await mint({ subject: 'y', permissions: ['execute'] }, by))).toMatchObject({ status: 403 });
  });

  it.each<[name: string, headers: Record<string, string>, status: number]>([
    ['nobody', { 'x-mcp-key': 'nonsense' }, 401],
    ['the caller local', {}, 403],
  ])('%s makes no token', async (_name, headers, status) => {
    expect((await mint({ subject: 'x', permissions: ['read'] }, headers)).status).toBe(status);
  });
});

it('without JWT_SECRET the answer says what to set', async () => {
  const plain = await startGateway();
  try {
    const answer = await plain.post('/admin/tokens', { subject: 'x', permissions: ['read'] }, admin);
    expect(errorOf(answer)).toEqual({ status: 503, kind: 'not-configured', details: { missing: ['JWT_SECRET'] } });
  } finally {
    await plain.close();
  }
});

it('without JWT_ISSUER and JWT_AUDIENCE a token has neither claim, and lives for a day', async () => {
  const plain = await startGateway({ env: { JWT_SECRET: SECRET } });
  try {
    const { body } = await plain.post('/admin/tokens', { subject: 'x', permissions: ['read'] }, admin);
    const { token } = body as Minted;
    const { iat, exp, jti: _jti, ...rest } = claimsOf(token)[1] as { iat: number; exp: number; jti: string };
    expect([exp - iat, rest]).toEqual([86_400, { sub: 'x', permissions: ['read'] }]);
    expect((await plain.get('/api/tools', { authorization: `Bearer ${token}` })).status).toBe(200);
    await plain.restart();
    expect((await plain.get('/api/tools', { authorization: `Bearer ${token}` })).status).toBe(200);
    await plain.restart({ JWT_SECRET: randomBytes(48).toString('base64') });
    expect((await plain.get('/api/tools', { authorization: `Bearer ${token}` })).status).toBe(401);
  } finally {
    await plain.close();
  }
});

describe('another JWT_SECRET', () => {
  const [FIRST, SECOND, THIRD] = Array.from({ length: 3 }, () => randomBytes(48).toString('base64')) as [
    string,
    string,
    string,
  ];
  const signed = async () => ((await mint({ subject: 'ada', permissions: ['read'] })).body as Minted).token;
  const uses = async (token: string) => (await gateway.get('/api/tools', { authorization: `Bearer ${token}` })).status;

  it('takes tokens of the one before while that is given, and signs none with it', async () => {
    await gateway.restart({ JWT_SECRET: FIRST });
    const old = await signed();
    await gateway.restart({ JWT_SECRET: SECOND, JWT_SECRET_PREVIOUS: FIRST });
    const fresh = await signed();
    expect([await uses(old), await uses(fresh)]).toEqual([200, 200]);
    const [head, body] = old.split('.');
    const forged = `${head}.${body}.${fresh.split('.')[2]}`;
    expect(await uses(forged)).toBe(401);
    await gateway.restart({ JWT_SECRET: SECOND });
    expect([await uses(old), await uses(fresh)]).toEqual([401, 200]);
    await gateway.restart({ JWT_SECRET: THIRD, JWT_SECRET_PREVIOUS: SECOND });
    expect([await uses(old), await uses(fresh)]).toEqual([401, 200]);
  });

  it('leaves tokens until they expire where none is signed any more', async () => {
    await gateway.restart({ JWT_SECRET: FIRST });
    const old = await signed();
    await gateway.restart({ JWT_SECRET: '', JWT_SECRET_PREVIOUS: FIRST });
    expect([await uses(old), (await mint({ subject: 'ada', permissions: ['read'] })).status]).toEqual([200, 503]);
  });
});
