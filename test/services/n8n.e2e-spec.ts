import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../contract/contract-server.js';
import { N8N_KEY, N8nServer, WEBHOOK_TOKEN } from '../contract/n8n/n8n-server.js';
import { ADMIN_KEY, startGateway, type TestGateway } from '../gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };

let n8n: N8nServer;
let gateway: TestGateway;

async function start(env: Record<string, string> = {}) {
  n8n = new N8nServer();
  const url = await n8n.contract.start();
  gateway = await startGateway({ env: { N8N_API_URL: url, N8N_API_KEY: N8N_KEY, HTTP_TIMEOUT_MS: '2000', ...env } });
}

async function stop() {
  await gateway.close();
  await n8n.contract.close();
}

const call = (operation: string, input: object = {}) => gateway.post(`/api/services/n8n/${operation}`, input, admin);

async function data(operation: string, input: object = {}): Promise<any> {
  const { status, body } = await call(operation, input);
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as { data: unknown }).data;
}

async function refusal(operation: string, input: object = {}) {
  const { status, body, text } = await call(operation, input);
  expect(text).not.toContain(N8N_KEY);
  expect(text).not.toContain(n8n.contract.url);
  return { status, ...(body as { error: { kind: string; message: string; details: any } }).error };
}

describe('n8n', () => {
  beforeAll(() => start());
  afterAll(stop);
  beforeEach(() => {
    n8n.workflows.clear();
    n8n.executions = [];
    n8n.runs = { reads: 0, fails: false };
    n8n.forgetful = false;
    n8n.contract.failure = undefined;
    n8n.contract.calls.length = 0;
  });
  afterEach(() => {
    expect(n8n.contract.violations.splice(0)).toEqual([]);
  });

  describe('slash commands work as people know them', () => {
    const command = async (line: string) => {
      const { status, body } = await gateway.post('/mcp/execute', { command: line }, admin);
      expect({ status, body }).toMatchObject({ status: 200 });
      return (body as { data: any }).data;
    };

    it('execute, with data that is no object', async () => {
      n8n.add('W', { id: 'workflow_123' });
      const answer = await command('/mcp-n8n execute workflow_123 {"data": "payload"}');
      expect(answer).toMatchObject({ answer: { status: 200 }, execution: { id: '1000', status: 'success' } });
      expect(n8n.executions[0]?.input).toEqual({ data: 'payload' });
    });

    it('list-workflows, get-execution and status', async () => {
      n8n.add('W', { id: 'workflow_123' });
      const id = n8n.ran('workflow_123');
      expect((await command('/mcp-n8n list-workflows')).workflows).toEqual([
        { id: 'workflow_123', name: 'W', active: true, tags: [], updatedAt: '2026-11-01T10:00:00.000Z' },
      ]);
      const none = { command: '/mcp-n8n get-execution exec_456' };
      expect((await gateway.post('/mcp/execute', none, admin)).body).toMatchObject({ error: { kind: 'failed' } });
      expect(await command(`/mcp-n8n get-execution ${id}`)).toMatchObject({ id, durationMs: 1_500 });
      expect(await command('/mcp-n8n status W')).toMatchObject({ id: 'workflow_123' });
      expect(await data('status', { workflow: 'W' })).toMatchObject({ id: 'workflow_123' });
    });
  });

  describe('a run', () => {
    it('is found by the name of its workflow, and told when it has ended', async () => {
      n8n.add('Other');
      const id = n8n.add('My Orders');
      n8n.ran(id);
      n8n.runs = { reads: 3, fails: false };
      const answer = await data('execute', { workflow: 'My Orders', data: { order: 7 }, wait: true });
      expect(answer).toEqual({
        workflow: { id, name: 'My Orders' },
        webhook: { node: 'Webhook', path: `path-${id}`, method: 'POST' },
        answer: { status: 200, body: { message: 'Workflow was started' } },
        execution: {
          id: '1001',
          workflowId: id,
          status: 'success',
          mode: 'webhook',
          startedAt: '2026-11-01T10:00:00.000Z',
          stoppedAt: '2026-11-01T10:00:02.000Z',
          durationMs: 2_000,
          lastNode: 'Answer',
          output: [{ got: { order: 7 } }],
        },
      });
    });

    it('is told as it is where nobody waits for its end', async () => {
      const workflow = n8n.add('W');
      n8n.runs = { reads: 3, fails: false };
      expect((await data('execute', { workflow })).execution).toMatchObject({ status: 'running', stoppedAt: null });
    });

    it('tells its progress while it is waited for', async () => {
      const workflow = n8n.add('W');
      n8n.runs = { reads: 3, fails: false };
      const _meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
        progressToken: 'p',
      };
      const params = { name: 'n8n_execute', arguments: { workflow, wait: true }, _meta };
      const { text } = await gateway.post(
        '/mcp',
        { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
        {
          ...admin,
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'n8n_execute',
        },
      );
      expect(text).toContain('n8n has taken the call');
      expect(text).toContain('The execution 1000 is running');
    });

    it('tells why and where it failed', async () => {
      const workflow = n8n.add('W');
      n8n.runs = { reads: 2, fails: true };
      expect((await data('execute', { workflow, wait: true })).execution).toMatchObject({
        status: 'error',
        error: { node: 'Answer', message: 'The price is missing' },
      });
      expect(await data('get-execution', { id: '1000' })).toMatchObject({
        error: { node: 'Answer', message: 'The price is missing' },
      });
    });

    it('that n8n keeps no account of is told without one', async () => {
      const workflow = n8n.add('W');
      n8n.forgetful = true;
      expect(await data('execute', { workflow })).toMatchObject({
        answer: { status: 200 },
        execution: null,
        note: expect.stringContaining('list-executions') as string,
      });
    });

    it('goes by the method and the webhook that are asked for, and by the query where that is GET', async () => {
      const id = n8n.add('W', {}, { httpMethod: ['GET', 'PUT'], path: 'one' });
      n8n.workflows.get(id)!.nodes.push({
        name: 'Second',
        type: 'n8n-nodes-base.webhook',
        parameters: { path: 'two', httpMethod: 'POST' },
      });
      expect(await refusal('execute', { workflow: id })).toMatchObject({
        status: 400,
        message: 'webhook: expected one of the paths "one", "two", got 2 webhooks to choose from',
      });
      await data('execute', { workflow: id, webhook: 'one', data: { a: 'x y', b: [1] } });
      expect(n8n.executions[0]?.input).toEqual({ a: 'x y', b: '[1]' });
      expect(await data('execute', { workflow: id, webhook: 'Second' })).toMatchObject({ webhook: { path: 'two' } });
      expect(await refusal('execute', { workflow: id, webhook: 'two', method: 'GET' })).toMatchObject({
        status: 400,
        message: 'method: expected POST, which the webhook two takes, got GET',
      });
    });

    it.each([
      [
        'no webhook',
        () => n8n.add('W', { nodes: [{ name: 'Every hour', type: 'n8n-nodes-base.scheduleTrigger', parameters: {} }] }),
        'has no webhook trigger, and n8n’s API can start no other. It is started by "Every hour". Add a Webhook node',
      ],
      [
        'a webhook that is switched off',
        () =>
          n8n.add('W', {
            nodes: [{ name: 'Webhook', type: 'n8n-nodes-base.webhook', disabled: true, parameters: { path: 'p' } }],
          }),
        'has no webhook trigger that is enabled',
      ],
      [
        'triggers that are switched off',
        () => n8n.add('W', { active: false }),
        'is not active, so its webhook is closed. Switch it on by activate',
      ],
      [
        'a path with placeholders',
        () => n8n.add('W', {}, { path: 'orders/:id' }),
        'has placeholders. Fill them in and call it by trigger-webhook',
      ],
    ])('can’t begin with %s, and nothing is called then', async (_what, add, message) => {
      const answer = await refusal('execute', { workflow: add() });
      expect(answer).toMatchObject({ status: 422, kind: 'failed' });
      expect(answer.message).toContain(message);
      expect(n8n.contract.calls.filter(({ path }) => path.startsWith('/webhook'))).toEqual([]);
    });

    it('can’t begin without a workflow, nor with a name that several have', async () => {
      expect(await refusal('execute', { workflow: 'Nothing' })).toMatchObject({
        status: 404,
        message: 'n8n has no workflow with the id or name "Nothing". list-workflows shows them.',
      });
      n8n.add('Twin');
      n8n.add('Twin');
      expect(await refusal('execute', { workflow: 'Twin' })).toMatchObject({
        status: 400,
        message: expect.stringMatching(
          /^workflow: expected one of the ids wf\d+, wf\d+, got the name of 2 workflows$/,
        ) as string,
      });
    });

    it('is never sent twice, whatever the webhook answers', async () => {
      const workflow = n8n.add('W', {}, { httpMethod: 'GET' });
      n8n.contract.failure = { status: 503, body: '{}', of: (_method, path) => path.startsWith('/webhook') };
      expect(await refusal('execute', { workflow })).toMatchObject({ status: 422, kind: 'failed' });
      expect(n8n.contract.calls.filter(({ path }) => path.startsWith('/webhook'))).toHaveLength(1);
    });
  });

  describe('a webhook that asks for a credential', () => {
    it('is opened by a header of the caller’s, and says so without it', async () => {
      const workflow = n8n.add('W', {}, { authentication: 'headerAuth' });
      const refused = await refusal('execute', { workflow });
      expect(refused).toMatchObject({ status: 422, kind: 'failed' });
      expect(refused.message).toContain('give it in headers, or have the operator set N8N_WEBHOOK_HEADER');
      const headers = { Authorization: WEBHOOK_TOKEN };
      expect(await data('execute', { workflow, headers })).toMatchObject({ answer: { status: 200 } });
    });

    it('never sees the API key', async () => {
      const workflow = n8n.add('W');
      await data('execute', { workflow });
      const hooks = n8n.contract.calls.filter(({ path }) => path.startsWith('/webhook'));
      expect(hooks.map(({ headers }) => headers['x-n8n-api-key'])).toEqual([undefined]);
    });
  });

  describe('trigger-webhook', () => {
    it('answers what the webhook answers', async () => {
      n8n.add('W', {}, { path: 'orders/new', responseMode: 'lastNode' });
      expect(await data('trigger-webhook', { path: '/orders/new', data: [1, 2] })).toEqual({
        status: 200,
        body: { got: [1, 2] },
      });
    });

    it('says what is the matter where nobody listens', async () => {
      expect(await refusal('trigger-webhook', { path: 'nowhere' })).toMatchObject({
        status: 404,
        message: expect.stringContaining('Is its workflow active, and is this its method?') as string,
      });
      expect(await refusal('trigger-webhook', { path: 'nowhere', test: true })).toMatchObject({
        status: 404,
        message: expect.stringContaining('A test webhook listens once') as string,
      });
    });

    it.each([
      '../api/v1/workflows',
      'a/../../api/v1/workflows',
      'a/%2e%2e/b',
      'a/.%2E/b',
      'a?b',
      'a#b',
      'a//b',
      'a%2fb',
      'a b',
      '',
    ])('calls nothing outside of the webhooks: %j', async (path) => {
      expect((await call('trigger-webhook', { path })).status).toBe(400);
      expect(n8n.contract.calls).toEqual([]);
    });
  });

  it('pages through workflows and executions', async () => {
    for (let n = 1; n <= 5; n += 1) n8n.ran(n8n.add(`W${n}`));
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await data('list-workflows', { limit: 2, ...(cursor && { cursor }) });
      names.push(...page.workflows.map(({ name }: { name: string }) => name));
      cursor = page.nextCursor;
    } while (cursor);
    expect(names).toEqual(['W1', 'W2', 'W3', 'W4', 'W5']);
    const { executions, nextCursor } = await data('list-executions', { limit: 3 });
    expect(executions.map(({ id }: { id: string }) => id)).toEqual(['1004', '1003', '1002']);
    expect((await data('list-executions', { limit: 3, cursor: nextCursor })).nextCursor).toBeNull();
  });

  it('finds a workflow by a name that is pages away', async () => {
    for (let n = 1; n <= 300; n += 1) n8n.add(`Same name, almost ${n}`);
    const id = n8n.add('Rare name');
    expect(await data('get-workflow', { workflow: 'Rare name' })).toMatchObject({ id });
  });

  it('shows the parameters of nodes to those who ask for them, and to no others', async () => {
    const workflow = n8n.add('W');
    expect(JSON.stringify(await data('get-workflow', { workflow }))).not.toContain('in the parameters');
    expect(await data('get-workflow', { workflow, raw: true })).toMatchObject({
      raw: { nodes: [{}, { parameters: { apiSecret: 'in the parameters' } }] },
    });
  });

  it('changes the members that are given, and sends back none that n8n refuses', async () => {
    const workflow = n8n.add('Before', { tags: [{ id: 't1', name: 'production' }] });
    const change = { name: 'After', id: 'x', active: true, createdAt: 'never' };
    expect(await data('update-workflow', { workflow, change })).toMatchObject({ id: workflow, name: 'After' });
    expect(n8n.workflows.get(workflow)).toMatchObject({ name: 'After', settings: { executionOrder: 'v1' } });
    expect(n8n.workflows.get(workflow)?.nodes).toHaveLength(2);
  });

  it('changes a workflow that has settings which only n8n’s editor makes, and keeps them', async () => {
    const settings = { executionOrder: 'v1', binaryMode: 'separate' };
    const workflow = n8n.add('Before', { settings });
    await data('update-workflow', { workflow, change: { name: 'After', settings: { timezone: 'Europe/Vienna' } } });
    await data('update-workflow', { workflow, change: { name: 'Last' } });
    expect(n8n.workflows.get(workflow)).toMatchObject({
      name: 'Last',
      settings: { ...settings, timezone: 'Europe/Vienna' },
    });
  });

  it('lists executions by the states that n8n filters by, and no other', async () => {
    const workflow = n8n.add('W');
    for (const status of ['success', 'error', 'waiting']) n8n.ran(workflow, { status });
    const { executions } = await data('list-executions', { status: 'error' });
    expect(executions.map(({ status }: { status: string }) => status)).toEqual(['error']);
    expect(await refusal('list-executions', { status: 'crashed' })).toMatchObject({ status: 400, kind: 'invalid' });
  });

  it('can’t retry what succeeded, and says so', async () => {
    const id = n8n.ran(n8n.add('W'));
    expect(await refusal('retry-execution', { id })).toMatchObject({
      status: 422,
      kind: 'failed',
      message: `n8n refused to retry the execution ${id} (only failed ones can be retried) (status 400): "The execution succeeded, so it cannot be retried."`,
    });
  });

  it('activates nothing that has no trigger', async () => {
    const workflow = n8n.add('W', { active: false, nodes: [] });
    expect(await refusal('activate', { workflow })).toMatchObject({
      status: 422,
      message: expect.stringContaining('it has no trigger node') as string,
    });
  });

  it('is told of an execution by its id alone', async () => {
    expect(await refusal('get-execution', { id: 'exec_456' })).toMatchObject({ status: 422 });
    expect(await refusal('get-execution', { id: '4711' })).toMatchObject({ status: 404, kind: 'unknown' });
    expect(await refusal('get-execution', { id: '../workflows' })).toMatchObject({ status: 400, kind: 'invalid' });
  });

  it('has nothing to report of an instance without risks', async () => {
    expect(await data('audit', { categories: ['nodes'] })).toEqual({ findings: [] });
  });

  describe('what goes wrong at n8n', () => {
    it.each<[string, Failure, object]>([
      [
        'a key that it refuses',
        { status: 401, body: '{"message": "unauthorized"}' },
        {
          status: 422,
          kind: 'failed',
          message: 'n8n refused the API key. The operator has to set N8N_API_KEY to a valid one.',
        },
      ],
      [
        'a scope that the key lacks',
        { status: 403, body: '{"message": "Forbidden"}' },
        {
          status: 422,
          kind: 'failed',
          message: 'The API key may not list workflows: n8n says "Forbidden". It lacks a scope, or the licence does.',
        },
      ],
      [
        'a limit',
        { status: 429, headers: { 'retry-after': '30' }, body: '{}' },
        { status: 429, kind: 'limited', details: { retryAfterMs: 30_000 } },
      ],
      [
        'a conflict',
        { status: 409, body: '{"message": "It is locked"}' },
        { status: 422, kind: 'failed', message: 'n8n refused to list workflows (status 409): "It is locked"' },
      ],
      [
        'an error of its own',
        { status: 500, body: '<html>' },
        { status: 502, kind: 'unavailable', details: { retryable: true } },
      ],
      ['a body that is no JSON', { status: 200, body: '<html>a login page' }, { status: 422, kind: 'failed' }],
      [
        'a body of another shape',
        { status: 200, body: '{"rows": []}' },
        {
          status: 422,
          kind: 'failed',
          message: 'n8n answered something else than expected when asked to list workflows. Is N8N_API_URL right?',
        },
      ],
      [
        'a redirect',
        { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
        { status: 422, kind: 'failed' },
      ],
      ['silence', { silent: true }, { status: 504, kind: 'deadline' }],
    ])('%s', async (_what, failure, expected) => {
      n8n.contract.failure = failure;
      expect(await refusal('list-workflows')).toMatchObject(expected);
    });

    it.each([
      [{ status: 500, body: '{}' }, 'n8n failed to create the workflow (status 500)'],
      [
        { status: 200, body: '{"rows": []}' },
        'n8n answered something else than expected when asked to create the workflow',
      ],
      [
        { status: 200, body: '<html>a login page' },
        'n8n answered something else than expected when asked to create the workflow',
      ],
    ])('may have come after a change, which is then not for repeating: %j', async (failure, told) => {
      n8n.contract.failure = failure;
      expect(
        await refusal('create-workflow', { workflow: { name: 'twice', nodes: [], connections: {} } }),
      ).toMatchObject({
        kind: 'unavailable',
        message: `${told}; whether the change was made is not known, so look before you repeat it`,
        details: { retryable: false },
      });
    });

    it('passes where it is passing, for questions', async () => {
      n8n.contract.failure = { status: 503, headers: { 'retry-after': '0' }, body: '{}', times: 2 };
      expect(await data('list-workflows')).toEqual({ workflows: [], nextCursor: null });
    });

    it('opens its circuit and no other when it is down', async () => {
      n8n.contract.failure = { status: 500, body: '{}' };
      for (let n = 0; n < 5; n += 1) await refusal('list-workflows');
      const asked = n8n.contract.calls.length;
      expect(await refusal('list-tags')).toMatchObject({
        status: 502,
        message: expect.stringContaining('several times in a row') as string,
      });
      expect(n8n.contract.calls).toHaveLength(asked);
      expect((await gateway.post('/api/services/gateway/echo', { message: 'here' }, admin)).status).toBe(200);
    });
  });
});

describe('the health of n8n', () => {
  beforeAll(() => start({ N8N_API_KEY: 'not-the-key' }));
  afterAll(stop);

  it('tells a key that is refused from an instance that is ill', async () => {
    expect(await data('health')).toMatchObject({
      healthy: true,
      keyAccepted: false,
      problem: 'n8n refused the API key. The operator has to set N8N_API_KEY to a valid one.',
    });
  });
});

describe('a header of the operator’s for webhooks', () => {
  beforeAll(() => start({ N8N_WEBHOOK_HEADER: `Authorization: ${WEBHOOK_TOKEN}` }));
  afterAll(stop);

  it('opens them, and is shown to nobody', async () => {
    const workflow = n8n.add('W', {}, { authentication: 'headerAuth' });
    const { status, text } = await call('execute', { workflow });
    expect(status).toBe(200);
    expect(text).not.toContain(WEBHOOK_TOKEN);
    const seen = n8n.contract.calls.filter(({ headers }) => headers.authorization === WEBHOOK_TOKEN);
    expect(seen.map(({ path }) => path)).toEqual([`/webhook/path-${workflow}`]);
    expect((await gateway.get('/config', admin)).text).not.toContain('opens-webhooks');
  });
});

describe('without its variables', () => {
  beforeAll(() => start({ N8N_API_URL: '', N8N_API_KEY: '' }));
  afterAll(stop);

  it('stays in the catalog, and says which are missing', async () => {
    const missing = ['N8N_API_URL', 'N8N_API_KEY'];
    expect((await gateway.get('/mcp/service/n8n', admin)).body).toMatchObject({ status: 'not configured', missing });
    expect(await refusal('list-workflows')).toMatchObject({
      status: 503,
      kind: 'not-configured',
      details: { missing },
    });
    expect((await gateway.rpc('mcp.execute', { service: 'n8n', operation: 'health' }, admin)).error).toMatchObject({
      code: -32015,
      data: { missing },
    });
  });
});
