import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCloudflare, type CloudflareServer, type Fault } from '../contract/cloudflare/server.js';
import { RECORDS, ZONES } from '../contract/cloudflare/state.js';
import { TOKEN } from '../contract/cloudflare/tokens.js';
import { startGateway, type TestGateway } from '../gateway.js';
import * as calls from './calls.js';
import { admin, dataOf, errorOf } from './calls.js';

const ZONE = 'ozean-licht.dev';

let cloudflare: CloudflareServer;
let gateway: TestGateway;

beforeAll(async () => {
  cloudflare = await startCloudflare();
  gateway = await startGateway({ env: cloudflare.env });
});
afterAll(async () => {
  await gateway.close();
  await cloudflare.close();
});
beforeEach(() => {
  cloudflare.asked.length = 0;
});

const call = (operation: string, input?: object) => calls.call(gateway, `cloudflare.${operation}`, input);
const slash = (command: string) => calls.slash(gateway, command);

const records = () => cloudflare.state.records.get(ZONES[ZONE])!;

describe('the commands that people know', () => {
  it('list the zones', async () => {
    const { zones } = dataOf(await slash('/mcp-cloudflare zones list'));
    expect((zones as { name: string }[]).map(({ name }) => name)).toEqual(Object.keys(ZONES));
  });

  it('list the records of a zone by its name', async () => {
    const data = dataOf(await slash(`/mcp-cloudflare dns list-records ${ZONE}`));
    expect(data).toMatchObject({
      total: 3,
      nextCursor: null,
      records: [
        { type: 'A', content: '203.0.113.7', proxied: true },
        { type: 'MX', priority: 10 },
        { type: 'CNAME', comment: 'the site' },
      ],
    });
  });
});

describe('a policy', () => {
  it('goes by the name of a zone, however it is written, and not by an id, which could be any zone’s', async () => {
    const given = { name: 'dns', permissions: ['monitor'] };
    const { body } = await gateway.post('/admin/api-keys', given, admin);
    const rule = {
      name: 'one-zone',
      effect: 'allow',
      callers: ['key:dns'],
      operations: ['cloudflare.dns-list-records'],
    };
    await gateway.post('/config', { policies: { rules: [{ ...rule, when: { zone: ZONE } }] } }, admin);
    const asked = async (zone: string) => {
      const headers = { 'x-mcp-key': (body as { key: string }).key };
      return (await gateway.post('/api/services/cloudflare/dns-list-records', { zone }, headers)).status;
    };
    const [other = ''] = Object.keys(ZONES).filter((name) => name !== ZONE);
    const statuses = await Promise.all([ZONE, ZONE.toUpperCase(), other, ZONES[ZONE]].map(asked));
    expect(statuses).toEqual([200, 200, 403, 403]);
  });
});

describe('a zone', () => {
  it('is asked for by its name once, and then known', async () => {
    const fresh = await startGateway({ env: cloudflare.env });
    for (const operation of ['dns-list-records', 'zones-get']) {
      await fresh.post(`/api/services/cloudflare/${operation}`, { zone: ZONE.toUpperCase() }, admin);
    }
    await fresh.close();
    expect(cloudflare.asked).toEqual([
      `GET /zones?name=${ZONE}`,
      `GET /zones/${ZONES[ZONE]}/dns_records?page=1&per_page=100`,
      `GET /zones/${ZONES[ZONE]}`,
    ]);
  });

  it('that the token does not see is told as such', async () => {
    expect(errorOf(await call('zones-get', { zone: 'elsewhere.example' }))).toMatchObject({
      status: 400,
      kind: 'invalid',
      details: { issues: [{ path: 'zone', got: '"elsewhere.example"' }] },
    });
  });

  it('must be named, unless the operator names one', async () => {
    expect(errorOf(await call('dns-list-records'))).toMatchObject({
      kind: 'invalid',
      details: { issues: [{ path: 'zone' }] },
    });
    const withZone = await startGateway({ env: { ...cloudflare.env, CLOUDFLARE_ZONE_ID: 'kids-ascension.dev' } });
    const answer = await withZone.post('/api/services/cloudflare/dns-list-records', {}, admin);
    await withZone.close();
    expect(dataOf(answer)).toEqual({ records: [], total: 0, nextCursor: null });
  });
});

describe('lists', () => {
  it('go on after a cursor, with pages of the same size', async () => {
    const first = dataOf(await call('dns-list-records', { zone: ZONE, limit: 2 }));
    const second = dataOf(await call('dns-list-records', { zone: ZONE, limit: 500, cursor: first.nextCursor }));
    const ids = [first, second].map((page) => (page.records as { id: string }[]).map(({ id }) => id));
    expect(ids).toEqual([[RECORDS.apex, RECORDS.mail], [RECORDS.www]]);
    expect([first.nextCursor, second.nextCursor]).toEqual(['2:2', null]);
  });

  it('refuse a cursor that is none', async () => {
    expect(errorOf(await call('zones-list', { cursor: 'next' }))).toMatchObject({
      kind: 'invalid',
      message: 'cursor: expected the nextCursor of an answer, got "next"',
    });
  });

  it('are filtered by Cloudflare', async () => {
    expect(dataOf(await call('zones-list', { name: 'kids', status: 'active' })).zones).toHaveLength(1);
    expect(dataOf(await call('dns-list-records', { zone: ZONE, name: `www.${ZONE}` })).total).toBe(1);
    expect(dataOf(await call('dns-list-records', { zone: ZONE, content: '203.0.113.7' })).total).toBe(1);
    expect(dataOf(await call('dns-list-records', { zone: ZONE, search: 'the site' })).total).toBe(1);
  });
});

describe('a record', () => {
  it('lives: it is created, changed in part, overwritten, exported and deleted', async () => {
    const created = dataOf(
      await call('dns-create-record', {
        zone: ZONE,
        type: 'mx',
        name: `m.${ZONE}`,
        content: 'one.example',
        priority: 5,
        comment: 'first',
      }),
    );
    const record = created.id as string;
    expect(created).toMatchObject({ type: 'MX', ttl: 1, priority: 5, comment: 'first', proxied: false });

    const changed = dataOf(await call('dns-update-record', { zone: ZONE, record, ttl: 300 }));
    expect(changed).toMatchObject({ ttl: 300, content: 'one.example', priority: 5, comment: 'first' });

    const whole = { type: 'MX', name: `m.${ZONE}`, content: 'two.example', priority: 7 };
    const replaced = dataOf(await call('dns-update-record', { zone: ZONE, record, replace: true, ...whole }));
    expect(replaced).toEqual({
      id: record,
      ...whole,
      ttl: 1,
      proxied: false,
      modifiedAt: expect.any(String) as string,
    });

    expect(dataOf(await call('dns-export', { zone: ZONE })).zoneFile).toContain(`m.${ZONE}.\t1\tIN\tMX\ttwo.example`);

    expect(dataOf(await call('dns-delete-record', { zone: ZONE, record }))).toEqual({ id: record });
    expect(records().has(record)).toBe(false);
  });

  it('may be given by its parts', async () => {
    const data = { priority: 1, weight: 5, port: 5060, target: 'sip.example' };
    const created = dataOf(
      await call('dns-create-record', { zone: ZONE, type: 'SRV', name: `_sip._tcp.${ZONE}`, data }),
    );
    expect(created).toMatchObject({ data, content: '5 5060 sip.example' });
    await call('dns-delete-record', { zone: ZONE, record: created.id });
  });

  it.each([
    [
      'that is not whole',
      'dns-create-record',
      { type: 'A', name: `x.${ZONE}` },
      'invalid',
      'A whole record needs content',
    ],
    [
      'that takes the place of one in part',
      'dns-update-record',
      { record: RECORDS.www, replace: true, ttl: 60 },
      'invalid',
      'A whole record needs type, name, content',
    ],
    [
      'of which nothing changes',
      'dns-update-record',
      { record: RECORDS.www },
      'invalid',
      'There is nothing to do: expected a field to change',
    ],
    ['of an unknown type', 'dns-create-record', { type: 'XX', name: 'x', content: 'y' }, 'invalid', 'type'],
    [
      'that is there already',
      'dns-create-record',
      { type: 'A', name: ZONE, content: '203.0.113.7' },
      'failed',
      'An identical record already exists. (81058)',
    ],
    [
      'that conflicts',
      'dns-create-record',
      { type: 'A', name: `www.${ZONE}`, content: '203.0.113.9' },
      'failed',
      '(81053)',
    ],
    [
      'that Cloudflare finds wrong',
      'dns-create-record',
      { type: 'A', name: `x.${ZONE}`, content: 'no address' },
      'failed',
      'DNS Validation Error',
    ],
    [
      'that is not there',
      'dns-get-record',
      { record: '0'.repeat(32) },
      'failed',
      'Cloudflare has no such thing: Record does not exist',
    ],
  ])('%s is refused', async (_what, operation, input, kind, message) => {
    const before = [...records().values()];
    expect(errorOf(await call(operation, { zone: ZONE, ...input }))).toMatchObject({
      kind,
      message: expect.stringContaining(message) as string,
    });
    expect([...records().values()]).toEqual(before);
  });
});

describe('a batch', () => {
  it('does all of it', async () => {
    const post = { type: 'TXT', name: `t.${ZONE}`, content: 'text' };
    const first = dataOf(await call('dns-batch', { zone: ZONE, posts: [post, { ...post, name: `u.${ZONE}` }] }));
    const [one, two] = first.created as { id: string }[];
    const second = dataOf(
      await call('dns-batch', {
        zone: ZONE,
        deletes: [{ id: one!.id }],
        puts: [{ id: two!.id, ...post, content: 'other' }],
        patches: [{ id: RECORDS.www, comment: 'the page' }],
      }),
    );
    expect(second).toMatchObject({
      deleted: [{ id: one!.id }],
      overwritten: [{ id: two!.id, content: 'other' }],
      changed: [{ id: RECORDS.www, type: 'CNAME', name: `www.${ZONE}`, content: ZONE }],
      created: [],
    });
    expect(records().get(RECORDS.www)).toMatchObject({ comment: 'the page' });
    await call('dns-batch', {
      zone: ZONE,
      deletes: [{ id: two!.id }],
      patches: [{ id: RECORDS.www, comment: 'the site' }],
    });
  });

  it('does nothing where one of it is refused', async () => {
    const before = [...records().values()];
    const deletes = [{ id: RECORDS.apex }, { id: '0'.repeat(32) }];
    expect(errorOf(await call('dns-batch', { zone: ZONE, deletes }))).toMatchObject({ kind: 'failed' });
    expect([...records().values()]).toEqual(before);
  });

  it.each([
    [{}, ''],
    [{ posts: [{ type: 'A', name: 'x' }] }, 'posts.0.content'],
    [{ puts: [{ id: RECORDS.www, type: 'A', name: 'x' }] }, 'puts.0.content'],
  ])('%j is refused before it is sent', async (input, path) => {
    expect(errorOf(await call('dns-batch', { zone: ZONES[ZONE], ...input }))).toMatchObject({
      kind: 'invalid',
      details: { issues: [{ path }] },
    });
    expect(cloudflare.asked).toEqual([]);
  });
});

describe('what Cloudflare refuses', () => {
  const refusal =
    (status: number, code: number, message: string, headers: Record<string, string> = {}): Fault =>
    (_request, response) =>
      void response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null }));
  const page: Fault = (_request, response) => void response.end('<html>Sign in to the network</html>');
  const otherShape: Fault = (_request, response) =>
    void response.end(JSON.stringify({ success: true, errors: [], messages: [], result: [{ name: 7 }] }));
  const retried = 3;

  it.each<[string, Fault, number, object]>([
    [
      'a token that it does not know',
      refusal(401, 10_000, `Authentication error with ${TOKEN}`),
      1,
      {
        status: 422,
        kind: 'failed',
        message: expect.stringMatching(/API token: Authentication error with …/) as string,
      },
    ],
    [
      'a token that is none',
      refusal(400, 6_003, 'Invalid request headers'),
      1,
      { status: 422, kind: 'failed', message: expect.stringContaining('CLOUDFLARE_API_TOKEN') as string },
    ],
    [
      'a token that may not do it',
      refusal(403, 9_109, 'Unauthorized to access requested resource'),
      1,
      {
        status: 422,
        kind: 'failed',
        message: expect.stringContaining('lacks the permission "Zone · DNS · Read"') as string,
        details: { status: 403, tokenPermission: 'Zone · DNS · Read', errors: [{ code: 9_109 }] },
      },
    ],
    [
      'what is not there',
      refusal(404, 7_003, 'Could not route'),
      1,
      {
        status: 422,
        kind: 'failed',
        message: expect.stringContaining('no such thing: Could not route (7003)') as string,
      },
    ],
    [
      'what conflicts',
      refusal(409, 1_006, 'Being changed'),
      1,
      {
        status: 422,
        kind: 'failed',
        message: expect.stringContaining('conflicts with what is there at Cloudflare: Being changed (1006)') as string,
      },
    ],
    [
      'a success that is none',
      refusal(200, 1_234, 'Not today'),
      1,
      { status: 422, kind: 'failed', message: 'Cloudflare refused the request: Not today (1234)' },
    ],
    [
      'too many requests',
      refusal(429, 971, 'Please wait', { 'retry-after': '120' }),
      1,
      { status: 429, kind: 'limited', details: { retryAfterMs: 120_000 } },
    ],
    [
      'with trouble of its own',
      refusal(503, 1_000, 'Internal'),
      retried,
      { status: 502, kind: 'unavailable', details: { retryable: true } },
    ],
    ['in words that are not its own', page, 1, { status: 502, kind: 'unavailable', details: { retryable: true } }],
    [
      'by things that have no place there',
      otherShape,
      1,
      { status: 502, kind: 'unavailable', details: { retryable: true } },
    ],
    [
      'by breaking off',
      (request) => request.socket.destroy(),
      retried,
      { status: 502, kind: 'unavailable', details: { retryable: true } },
    ],
  ])('%s', async (_what, fault, times, expected) => {
    cloudflare.fail(fault, times);
    const answer = await call('dns-list-records', { zone: ZONES[ZONE] });
    expect(errorOf(answer)).toMatchObject(expected);
    expect(answer.text).not.toMatch(/127\.0\.0\.1|cf-token/);
    expect(cloudflare.asked).toHaveLength(times);
  });

  it('by not answering in time', async () => {
    const impatient = await startGateway({ env: { ...cloudflare.env, HTTP_TIMEOUT_MS: '200' } });
    cloudflare.fail(() => undefined);
    const answer = await impatient.post('/api/services/cloudflare/zones-list', {}, admin);
    await impatient.close();
    expect(errorOf(answer)).toMatchObject({ status: 504, kind: 'deadline' });
  });

  const posted = { type: 'A', name: `y.${ZONE}`, content: '203.0.113.9' };
  const breaksOff: Fault = (request) => void request.socket.destroy();
  const badGateway: Fault = (_request, response) => void response.writeHead(502).end('<html>');
  it.each<[string, object, Fault]>([
    ['dns-create-record', posted, breaksOff],
    ['dns-create-record', posted, badGateway],
    ['dns-create-record', posted, otherShape],
    ['dns-batch', { posts: [posted] }, badGateway],
    ['dns-update-record', { record: RECORDS.www, comment: 'x' }, breaksOff],
    ['dns-delete-record', { record: RECORDS.www }, breaksOff],
    ['dns-delete-record', { record: RECORDS.www }, badGateway],
  ])('%s with %j is sent once, and the caller is told to look first', async (operation, input, fault) => {
    cloudflare.fail(fault);
    const told = errorOf(await call(operation, { zone: ZONES[ZONE], ...input }));
    expect(told).toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(
        /^((?!try again).)+; whether the change was made is not known, so look before you repeat it$/,
      ) as string,
      details: { retryable: false },
    });
    expect(cloudflare.asked).toHaveLength(1);
    // a good call in between, or the circuit would open
    await call('zones-list');
  });

  it('is sent again where it does no harm', async () => {
    cloudflare.fail(badGateway, 2);
    const whole = { type: 'CNAME', name: `www.${ZONE}`, content: ZONE, comment: 'the site', proxied: true };
    dataOf(await call('dns-update-record', { zone: ZONES[ZONE], record: RECORDS.www, replace: true, ...whole }));
    expect(cloudflare.asked).toHaveLength(3);
  });

  it.each([
    ['in a form that is none of its own', otherShape],
    ['with trouble that it tells itself', refusal(500, 1_000, 'Internal')],
  ])('%s opens no circuit: it has answered', async (_what, fault) => {
    cloudflare.fail(fault, 6);
    for (let i = 0; i < 6; i += 1) await call('dns-list-records', { zone: ZONES[ZONE] });
    expect(cloudflare.asked).toHaveLength(6);
    expect((await call('zones-list')).status).toBe(200);
  });
});

describe('without a token', () => {
  it('the service says what is missing, and calls do', async () => {
    const bare = await startGateway();
    const service = (await bare.get('/mcp/service/cloudflare', admin)).body;
    const answer = await bare.post('/api/services/cloudflare/zones-list', {}, admin);
    await bare.close();
    expect(service).toMatchObject({ status: 'not configured', missing: ['CLOUDFLARE_API_TOKEN'] });
    expect(errorOf(answer)).toMatchObject({
      status: 503,
      kind: 'not-configured',
      details: { missing: ['CLOUDFLARE_API_TOKEN'] },
    });
  });
});
