import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
import { recordingServer, type HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { startGateway, type TestGateway } from './gateway.js';
import { SecretFiles } from './secret-file.js';

const SOON = { timeout: 10_000, interval: 50 };
const ROLE_PASSWORD = 'the first password of the role';
const JWT = {
  older: 'Yc5-older-uH8wS1nX6tA0mK4oE7rG2jI9',
  first: 'Xw4-first-vK9qT2mZ7rB1nL5pD8sF3hJ6',
  second: 'Zb6-second-tJ7xR0lY5vC9kM3iQ6fH1gU8',
};
const files = new SecretFiles();
const write = (name: string, text: string) => files.write(name, text);

/** What the back ends take now, and what they were shown. */
const taken = new Set<string>();
const shown = new Set<string>();
const NAMES = ['N8N_API_KEY', 'CLOUDFLARE_API_TOKEN', 'GITHUB_PAT', 'MEM0_API_KEY'] as const;
const first = (name: string) => `the-first-of-${name}`;
const second = (name: string) => `the-second-of-${name}`;

let backEnds: HttpUpstream;
let gateway: TestGateway;
let database: TestDatabase;
let role: string;
let admin = { 'x-mcp-key': first('MCP_ADMIN_KEY') };

/** Each API in one: it answers whoever shows a credential that counts. */
async function startBackEnds(): Promise<HttpUpstream> {
  return recordingServer((request, response) => {
    const { authorization = '', 'x-n8n-api-key': n8n, 'x-api-key': mem0 } = request.headers;
    const given = String(n8n ?? mem0 ?? authorization.replace(/^\S+ +/, ''));
    shown.add(given);
    const lists = { success: true, errors: [], messages: [], results: [], data: [], nextCursor: null };
    const answer = request.url?.includes('/orgs/') ? [] : { ...lists, result: [] };
    response.writeHead(taken.has(given) ? 200 : 401, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(taken.has(given) ? answer : { message: 'Bad credentials', success: false, errors: [] }),
    );
  });
}

beforeAll(async () => {
  for (const name of NAMES) taken.add(first(name));
  backEnds = await startBackEnds();
  database = await createDatabase('CREATE TABLE things (id int); INSERT INTO things VALUES (1);');
  const reader = new URL(await database.readerUrl());
  role = reader.username;
  await asSuperuser(database.name, `ALTER ROLE ${role} PASSWORD '${ROLE_PASSWORD}'`);
  reader.password = '';
  const url = new URL(backEnds.url).origin;
  const ofFiles = Object.fromEntries(
    [...NAMES, 'MCP_ADMIN_KEY'].map((name) => [`${name}_FILE`, write(name, first(name))]),
  );
  gateway = await startGateway({
    env: {
      MCP_ADMIN_KEY: '',
      ...ofFiles,
      POSTGRES_SHOP_URL: reader.href,
      POSTGRES_SHOP_PASSWORD_FILE: write('shop', ROLE_PASSWORD),
      JWT_SECRET_FILE: write('jwt', JWT.first),
      JWT_SECRET_PREVIOUS_FILE: write('jwt-previous', JWT.older),
      N8N_API_URL: url,
      CLOUDFLARE_API_URL: url,
      GITHUB_API_URL: url,
      MEM0_API_URL: url,
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await backEnds.close();
  await database.drop();
  files.remove();
});

const call = (service: string, operation: string, input: object) =>
  gateway.post(`/api/services/${service}/${operation}`, input, admin);
const calls: Record<(typeof NAMES)[number] | 'shop', () => ReturnType<typeof call>> = {
  N8N_API_KEY: () => call('n8n', 'list-workflows', {}),
  CLOUDFLARE_API_TOKEN: () => call('cloudflare', 'zones-list', {}),
  GITHUB_PAT: () => call('github', 'list-repos', { owner: 'acme' }),
  MEM0_API_KEY: () => call('mem0', 'search', { query: 'x' }),
  shop: () => call('postgres', 'query', { database: 'shop', query: 'SELECT id FROM things' }),
};

describe('a secret whose file changes', () => {
  it('is used from then on, and no call of a back end fails meanwhile', { timeout: 60_000 }, async () => {
    const failures: string[] = [];
    let done = 0;
    let rotating = true;
    const stream = async () => {
      while (rotating) {
        for (const [name, make] of Object.entries(calls)) {
          const { status, text } = await make();
          done += 1;
          if (status !== 200) failures.push(`${name}: ${status} ${text.slice(0, 200)}`);
        }
        await sleep(5);
      }
    };
    const streams = [stream(), stream()];

    // as everywhere: the new one is made, then given to the gateway, and the old one withdrawn when it is used no more
    for (const name of NAMES) taken.add(second(name));
    for (const name of NAMES) write(name, second(name));
    await expect.poll(() => NAMES.filter((name) => !shown.has(second(name))), SOON).toEqual([]);
    await sleep(1_000); // what was under way
    for (const name of NAMES) taken.delete(first(name));

    // PostgreSQL asks for the password when a connection is opened: the open ones go on meanwhile
    const next = 'the second password of the role';
    await asSuperuser(database.name, `ALTER ROLE ${role} PASSWORD '${next}'`);
    const before = done;
    write('shop', next);
    await sleep(2_500); // two looks at the files
    expect(done).toBeGreaterThan(before);
    rotating = false;
    await Promise.all(streams);
    expect(failures).toEqual([]);
    expect(done).toBeGreaterThan(10);

    await asSuperuser('postgres', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
    await expect.poll(async () => (await calls.shop()).status, SOON).toBe(200);
  });

  it('is masked in what is shown and answered, as the one before is', async () => {
    const both = `${first('N8N_API_KEY')} and ${second('N8N_API_KEY')}`;
    const { text } = await call('gateway', 'echo', { message: both });
    expect(text).toContain('*** and ***');
  });

  it('is not taken over where it is wrong, and what was in force stays', async () => {
    const problem = async () =>
      ((await gateway.get('/config', admin)).body as { file: { problem: string | null } }).file.problem;
    write('jwt', 'short');
    await expect.poll(problem, SOON).toMatch(/^The configuration has mistakes:\n {2}- JWT_SECRET must be random text/);
    write('N8N_API_KEY', first('N8N_API_KEY'));
    await sleep(1_500);
    expect((await calls.N8N_API_KEY()).status).toBe(200);
    write('N8N_API_KEY', second('N8N_API_KEY'));
    write('jwt', JWT.first);
    await expect.poll(problem, SOON).toBeNull();
  });

  it('signs and checks tokens, and those of the one before are taken while that is given', async () => {
    const mint = async () => {
      const asked = { subject: 'ada', permissions: ['read'] };
      return ((await gateway.post('/admin/tokens', asked, admin)).body as { token: string }).token;
    };
    const uses = async (token: string) =>
      (await gateway.get('/api/tools', { authorization: `Bearer ${token}` })).status;
    const isSignedBy = (token: string, secret: string) => {
      const [head, claims, signature] = token.split('.');
      return createHmac('sha256', secret).update(`${head}.${claims}`).digest('base64url') === signature;
    };
    const old = await mint();
    expect([isSignedBy(old, JWT.first), await uses(old)]).toEqual([true, 200]);
    write('jwt-previous', JWT.first);
    write('jwt', JWT.second);
    await expect.poll(async () => isSignedBy(await mint(), JWT.second), SOON).toBe(true);
    const fresh = await mint();
    expect([await uses(old), await uses(fresh)]).toEqual([200, 200]);
    write('jwt-previous', JWT.older);
    await expect.poll(() => uses(old), SOON).toBe(401);
    expect(await uses(fresh)).toBe(200);
  });

  it('lets the admin in by the new key, and nobody by the old one', async () => {
    const old = admin;
    const fresh = { 'x-mcp-key': second('MCP_ADMIN_KEY') };
    write('MCP_ADMIN_KEY', fresh['x-mcp-key']);
    await expect.poll(async () => (await gateway.get('/admin/api-keys', fresh)).status, SOON).toBe(200);
    expect((await gateway.get('/admin/api-keys', old)).status).toBe(401);
    admin = fresh;
  });
});
