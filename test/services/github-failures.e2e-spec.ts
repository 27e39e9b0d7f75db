import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway } from '../gateway.js';
import { asApp, asToken, githubGateway } from './github-gateway.js';

const soon = { 'retry-after': '1', 'content-type': 'application/json' };
const secondary = JSON.stringify({ message: 'You have exceeded a secondary rate limit. Please wait.' });

describe('GitHub’s limits', () => {
  const given = githubGateway({ env: asToken, each: true });

  it('that are used up are told with the time until they are reset, and nothing more is sent', async () => {
    given.github.remaining = 1;
    expect((await given.call('get-repo')).status).toBe(200);
    const { status, headers, error } = await given.call('list-branches');
    expect({ status, kind: error.kind }).toEqual({ status: 429, kind: 'limited' });
    expect(error.message).toMatch(/^GitHub takes no more requests of the gateway for now; try again in \d+ seconds$/);
    expect(error.details.retryAfterMs).toBeGreaterThan(3_500_000);
    expect(Number(headers['retry-after'])).toBeGreaterThan(3_500);
    expect(given.seen).toEqual(['GET /repos/acme/shop 200']);
    expect((await given.call('rate-limit')).data.limits).toContainEqual({
      name: 'core',
      limit: 5_000,
      remaining: 0,
      resetAt: '2027-01-15T08:00:00.000Z',
    });
  });

  it('are known from a refusal too', async () => {
    given.github.remaining = 0;
    expect((await given.call('get-repo')).error.kind).toBe('limited');
    expect((await given.call('get-repo')).error.kind).toBe('limited');
    expect(given.seen).toEqual(['GET /repos/acme/shop 403']);
  });

  it('that pass soon are waited for, also where something is changed', async () => {
    given.github.faults.push({ status: 403, headers: soon, body: secondary });
    expect((await given.call('comment-issue', { number: 3, body: 'Once' })).status).toBe(200);
    expect(given.seen.map((request) => request.slice(-3))).toEqual(['403', '201']);
    expect(given.repo.issues.get(3)!.comments.map(({ body }) => body)).toEqual(['How?', 'Once']);
  });

  it('that last are told, and obeyed by every call', async () => {
    given.github.faults.push({ status: 403, headers: { 'retry-after': '30' }, body: secondary });
    const { error } = await given.call('create-issue', { title: 'New' });
    expect(error).toMatchObject({ kind: 'limited', details: { retryAfterMs: 30_000 } });
    expect((await given.call('list-branches')).error.kind).toBe('limited');
    expect(given.seen).toHaveLength(1);
  });
});

describe('a GitHub that does not answer', () => {
  const given = githubGateway({ env: { ...asToken, HTTP_TIMEOUT_MS: '1000' } });

  it('ends the call at its deadline', async () => {
    given.github.faults.push({ hangs: true });
    const { status, error } = await given.call('get-repo');
    expect({ status, kind: error.kind }).toEqual({ status: 504, kind: 'deadline' });
  });
});

describe('GitHub in trouble', () => {
  const given = githubGateway({ env: asToken });
  beforeEach(async () => {
    // a good call in between, or the circuit would open
    await given.call('rate-limit');
    given.github.requests.length = 0;
  });

  it('is asked again where nothing is changed', async () => {
    given.github.faults.push({ status: 502 }, { status: 503 });
    expect((await given.call('get-repo')).status).toBe(200);
    expect(given.seen.map((request) => request.slice(-3))).toEqual(['502', '503', '200']);
  });

  it('is not asked again where something is, and the caller is told to look first', async () => {
    given.github.faults.push({ status: 502 });
    const { status, error } = await given.call('merge-pr', { number: 1 });
    expect({ status, error }).toMatchObject({
      status: 502,
      error: { kind: 'unavailable', details: { retryable: false } },
    });
    expect(error.message).toContain('whether the change was made is not known');
    expect(given.seen).toHaveLength(1);
  });

  it.each([
    ['no JSON', 'get-repo', '<html>Unicorn!</html>'],
    ['half of it', 'get-repo', '{"full_name": "acme/sh'],
    ['another thing', 'get-repo', '[]'],
    ['no list', 'list-prs', '{"message": "hm"}'],
    ['entries that are none', 'list-issues', '[{"number": "one"}]'],
    ['nothing of a query', 'pr-review-threads', '{"data": {"repository": null}}'],
  ])('answers %s to %s', async (_name, operation, body) => {
    given.github.faults.push({ body, headers: { 'content-type': 'application/json; charset=utf-8' } });
    const { status, error } = await given.call(operation, operation === 'pr-review-threads' ? { number: 1 } : {});
    expect({ status, kind: error.kind }).toEqual({ status: 502, kind: 'unavailable' });
    expect(error.message).toContain('GitHub answered with something other than what its API promises');
  });
});

describe('as a token', () => {
  const given = githubGateway({ env: asToken });

  it('tells its owner and scopes', async () => {
    expect((await given.call('whoami')).data).toEqual({
      kind: 'token',
      name: 'ada',
      scopes: ['repo', 'read:org'],
      url: 'https://github.example/ada',
    });
  });

  it('that GitHub refuses says what the operator has to do, until it is accepted again', async () => {
    given.github.faults.push({ status: 401, body: '{"message": "Bad credentials"}' });
    const { status, error } = await given.call('get-repo');
    expect({ status, error }).toMatchObject({
      status: 503,
      error: {
        kind: 'not-configured',
        message:
          'GitHub does not accept the token: it is wrong, expired or revoked. The operator has to renew GITHUB_PAT',
        details: { missing: ['GITHUB_PAT'] },
      },
    });
    expect(given.seen).toHaveLength(1);
    expect(await given.service()).toMatchObject({ status: 'unavailable' });
    expect((await given.call('get-repo')).status).toBe(200);
    expect(await given.service()).toMatchObject({ status: 'ready' });
  });
});

describe('without an owner', () => {
  const { GITHUB_OWNER: _, GITHUB_REPO: __, ...credential } = asToken;
  const given = githubGateway({ env: credential });

  it('all repositories that the token reaches are listed', async () => {
    const { repos } = (await given.call('list-repos')).data;
    expect(repos).toHaveLength(2);
    expect(given.seen).toEqual(['GET /user/repos?sort=pushed&per_page=30 200']);
  });

  it('a call that names no repository is told how to', async () => {
    expect((await given.command('/mcp-github merge-pr 123')).error).toMatchObject({
      kind: 'invalid',
      message:
        'repo: expected a repository such as "owner/name", since the operator has set no GITHUB_REPO, got nothing',
    });
  });
});

describe('an App that GitHub does not know', () => {
  const given = githubGateway({ env: { ...asApp, GITHUB_APP_ID: '999' } });

  it('is told with the variables to look at', async () => {
    const { error } = await given.call('get-repo');
    expect(error).toMatchObject({
      kind: 'not-configured',
      details: { missing: ['GITHUB_APP_ID', 'GITHUB_INSTALLATION_ID', 'GITHUB_PRIVATE_KEY'] },
    });
    expect(JSON.stringify(error)).not.toContain('PRIVATE KEY-----');
  });
});

describe('GitHub Enterprise Server', () => {
  const given = githubGateway({ basePath: '/api/v3' });

  it('is asked at its own addresses, for queries too', async () => {
    expect((await given.call('get-repo')).data).toMatchObject({ fullName: 'acme/shop' });
    expect((await given.call('pr-review-threads', { number: 1 })).data.threads).toHaveLength(2);
    expect(given.seen).toEqual(['GET /api/v3/repos/acme/shop 200', 'POST /api/graphql 200']);
  });
});

describe('logs that are kept elsewhere', () => {
  const headers: IncomingHttpHeaders[] = [];
  const store = createServer((request, response) => {
    headers.push(request.headers);
    response.end('from the store\n');
  });
  beforeAll(() => new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => store.close(resolve)));
  const given = githubGateway({ env: { ...asToken, WEB_ALLOWED_HOSTS: '127.0.0.1' } });

  it('are read without the credential', async () => {
    given.github.logStore = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
    expect((await given.call('run-logs', { jobId: 501 })).data.jobs).toMatchObject([{ log: 'from the store' }]);
    expect(headers).toHaveLength(1);
    expect(headers[0]).not.toHaveProperty('authorization');
  });
});

describe('a gateway that is told nothing of GitHub', () => {
  it.each([
    [{}, ['GITHUB_APP_ID', 'GITHUB_INSTALLATION_ID', 'GITHUB_PRIVATE_KEY', 'GITHUB_PAT']],
    [{ GITHUB_APP_ID: '1', GITHUB_INSTALLATION_ID: '2' }, ['GITHUB_PRIVATE_KEY']],
  ])('but %j names what is missing', async (env, missing) => {
    const gateway = await startGateway({ env });
    try {
      const key = { 'x-mcp-key': ADMIN_KEY };
      const { body: service } = await gateway.get('/mcp/service/github', key);
      expect(service).toMatchObject({ status: 'not configured', missing });
      const { error } = await gateway.rpc('mcp.execute', { service: 'github', operation: 'list-prs' }, key);
      expect(error).toMatchObject({ code: -32015, data: { missing } });
    } finally {
      await gateway.close();
    }
  });
});
