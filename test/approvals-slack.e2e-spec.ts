import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { services } from '#libs/services';
import { buttonsOf, textsOf } from './contract/slack/block-kit.js';
import { Slack } from './contract/slack/slack.js';
import { vault, VaultModule } from './fixtures/vault.service.js';
import { ADMIN_KEY, startGateway, type Answer, type Sent, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const soon = { timeout: 20_000, interval: 30 };

let slack: Slack;
let gateway: TestGateway;
let agent: Record<string, string>;

beforeAll(async () => {
  slack = await Slack.start('8f742231b10e8888abcd99yyyzzz85a5');
  gateway = await startGateway({
    env: {
      MCP_APPROVALS_REQUIRE: 'vault.open',
      MCP_APPROVALS_WAIT_MS: '0',
      APPROVALS_SLACK_URL: slack.webhook,
      APPROVALS_SLACK_SIGNING_SECRET: slack.signingSecret,
      APPROVALS_SLACK_APPROVERS: JSON.stringify({
        U0ANNA: 'anna',
        U0BEN: 'ben',
        U0AGENT: 'agent',
        U0GONE: 'nobody',
        U0BOUND: 'bound',
      }),
    },
    services: [...services, VaultModule],
  });
  agent = await keyOf('agent', ['write', 'approve'], { owner: 'ops' });
  await keyOf('anna', ['approve']);
  await keyOf('ben', ['read']);
  await keyOf('bound', ['approve'], { allowedNetworks: ['10.0.0.0/8'] });
});
afterAll(async () => {
  await gateway.close();
  slack.close();
});
beforeEach(() => {
  vault.reset();
  slack.messages.length = 0;
  slack.replies.length = 0;
});

async function keyOf(name: string, permissions: string[], more = {}): Promise<Record<string, string>> {
  const { body } = await gateway.post('/admin/api-keys', { name, permissions, ...more }, admin);
  return { 'x-mcp-key': (body as { key: string }).key };
}
const open = (input: object) => gateway.post('/api/services/vault/open', input, agent);
const ticketFor = async (input: object) =>
  ((await open(input)).body as { error: { details: { ticket: string } } }).error.details.ticket;
const lastMessage = () =>
  vi.waitFor(() => {
    expect(slack.refused).toEqual([]);
    expect(slack.messages.length).toBeGreaterThan(0);
    return slack.messages.at(-1)!;
  }, soon);
const lastReply = () =>
  vi.waitFor(() => {
    expect(slack.refused).toEqual([]);
    expect(slack.replies.length).toBeGreaterThan(0);
    return slack.replies.at(-1)!;
  }, soon);
const stateOf = async (id: string) =>
  ((await gateway.get(`/admin/approvals/${id}`, admin)).body as { state: string }).state;
const kindOf = ({ status, body }: Answer) => [status, (body as { error?: { kind: string } }).error?.kind];

describe('a call that needs approval', () => {
  it('is told of in Slack: who asks, the exact arguments, what it touches, and two buttons', async () => {
    const ticket = await ticketFor({
      door: '<!channel> *north*\u202e\u3164',
      how: { slowly: true },
    });
    const message = await lastMessage();
    expect(message.text).toBe('agent asks for approval of vault.open');
    expect(textsOf(message)).toEqual([
      'Approval of vault.open',
      'agent (key, owner ops) asks, through rest.\nOpens a door of the vault and says so.',
      'It touches:\n• The door <!channel> *north*\\u{202e}\\u{3164} of the vault\n• May overwrite or delete what is there',
      JSON.stringify({ door: '<!channel> *north*RLO', how: { slowly: true } }, null, 2).replace(
        'RLO',
        '\\u{202e}\\u{3164}',
      ),
      expect.stringMatching(new RegExp(`^${ticket}, open until 2`)),
    ]);
    expect(buttonsOf(message).map(({ action_id, value }) => [action_id, value])).toEqual([
      ['approve', ticket],
      ['deny', ticket],
    ]);
  });

  it('is approved by a button, and the message says by whom', async () => {
    const ticket = await ticketFor({ door: 'by button' });
    expect(await gateway.send(slack.press(ticket, 'approve', 'U0ANNA'))).toMatchObject({ status: 200, text: '' });
    const reply = await lastReply();
    expect(reply).toMatchObject({ replace_original: true, text: 'vault.open: Approved by anna (key)' });
    expect('blocks' in reply && buttonsOf(reply)).toEqual([]);
    expect((await open({ door: 'by button', ticket })).status).toBe(200);
    expect(vault.ran).toEqual(['by button']);
    const { body } = await gateway.get('/admin/audit?operation=answer-approval&limit=1', admin);
    expect((body as { items: object[] }).items).toMatchObject([
      {
        callerSubject: 'anna',
        outcome: 'ok',
        arguments: { id: ticket, decision: 'approve', through: 'Slack member U0ANNA' },
      },
    ]);
  });

  it('is denied by a button', async () => {
    const ticket = await ticketFor({ door: 'denied' });
    await gateway.send(slack.press(ticket, 'deny', 'U0ANNA'));
    expect(await lastReply()).toMatchObject({ text: 'vault.open: Denied by anna (key)' });
    expect(kindOf(await open({ door: 'denied', ticket }))).toEqual([403, 'not-approved']);
  });

  it('can’t be approved by somebody who could not see all of it', async () => {
    const ticket = await ticketFor({ door: '😀'.repeat(20_000) });
    const message = await lastMessage();
    expect(buttonsOf(message).map(({ action_id }) => action_id)).toEqual(['deny']);
    expect(textsOf(message).at(-1)).toContain('Not all of it can be shown here');
    expect(await stateOf(ticket)).toBe('pending');
  });

  it('can’t be approved where something is masked, and says so first', async () => {
    await ticketFor({ door: 'x://u:DELETE-FROM-courses@h/', password: 'hunter2' });
    const message = await lastMessage();
    expect(textsOf(message)[1]).toMatch(/^MASKED: .* Look at the call in the gateway/);
    expect(JSON.stringify(message)).not.toMatch(/DELETE|hunter2/);
    expect(buttonsOf(message).map(({ action_id }) => action_id)).toEqual(['deny']);
  });

  it('does not wait for Slack, which gets its message once it is back', async () => {
    slack.failures = [500, 429, 503];
    const startedAt = performance.now();
    await ticketFor({ door: 'while it is away' });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect((await lastMessage()).text).toContain('vault.open');
    expect(slack.messages).toHaveLength(1);
  });
});

describe('a button', () => {
  it.each([
    ['U0NOBODY', 'You are nobody here'],
    ['U0GONE', 'You are nobody here'],
    ['__proto__', 'You are nobody here'],
    ['U0BEN', 'may not use approvals'],
    ['U0AGENT', 'Nobody may answer for a call of their own'],
    ['U0BOUND', 'bound to networks'],
  ])('that %s presses does nothing but say why', async (member, why) => {
    const ticket = await ticketFor({ door: `pressed by ${member}` });
    expect((await gateway.send(slack.press(ticket, 'approve', member))).status).toBe(200);
    const text = expect.stringContaining(why) as string;
    expect(await lastReply()).toEqual({ response_type: 'ephemeral', replace_original: false, text });
    expect(await stateOf(ticket)).toBe('pending');
  });

  it('that is pressed after another answer says so, and shows that answer', async () => {
    const ticket = await ticketFor({ door: 'twice' });
    const other = await keyOf('carl', ['approve']);
    await gateway.post(`/admin/approvals/${ticket}`, { decision: 'deny', note: 'no' }, other);
    await gateway.send(slack.press(ticket, 'approve', 'U0ANNA'));
    await vi.waitFor(() => expect(slack.replies).toHaveLength(2), soon);
    expect(slack.replies).toMatchObject([
      { response_type: 'ephemeral', text: 'carl has answered it already' },
      { replace_original: true, text: 'vault.open: Denied by carl (key): no' },
    ]);
    expect(await stateOf(ticket)).toBe('denied');
  });

  it('that names no approval says so', async () => {
    await gateway.send(slack.press('apr_nothing', 'approve', 'U0ANNA'));
    expect(await lastReply()).toMatchObject({ text: 'There is no approval of this id' });
  });
});

describe('what Slack did not sign just now is refused', () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const send = (sent: Sent) => gateway.send(sent);
  it.each<[string, (ticket: string) => Sent]>([
    ['with another secret', (id) => slack.press(id, 'approve', 'U0ANNA', { secret: 'x'.repeat(32) })],
    ['six minutes ago', (id) => slack.press(id, 'approve', 'U0ANNA', { timestamp: now() - 360 })],
    ['in six minutes', (id) => slack.press(id, 'approve', 'U0ANNA', { timestamp: now() + 360 })],
    [
      'with another body',
      (id) => {
        const sent = slack.press(id, 'deny', 'U0ANNA');
        return { ...sent, body: sent.body.replace('deny', 'approve') };
      },
    ],
    ['without a signature', (id) => without(slack.press(id, 'approve', 'U0ANNA'), 'x-slack-signature')],
    ['without a time', (id) => without(slack.press(id, 'approve', 'U0ANNA'), 'x-slack-request-timestamp')],
  ])('%s', async (_how, make) => {
    const ticket = await ticketFor({ door: _how });
    expect(kindOf(await send(make(ticket)))).toEqual([401, 'unauthenticated']);
    // an admin's key makes no difference
    const sent = make(ticket);
    expect((await send({ ...sent, headers: { ...sent.headers, ...admin } })).status).toBe(401);
    expect(await stateOf(ticket)).toBe('pending');
  });

  it('a second time', async () => {
    const sent = slack.press(await ticketFor({ door: 'replayed' }), 'approve', 'U0ANNA');
    expect((await send(sent)).status).toBe(200);
    expect((await send(sent)).status).toBe(401);
  });

  it.each<[string, number, (sent: Sent & { headers: Record<string, string> }) => Sent]>([
    ['as JSON', 415, (sent) => ({ ...sent, headers: { ...sent.headers, 'content-type': 'application/json' } })],
    ['compressed', 415, (sent) => ({ ...sent, headers: { ...sent.headers, 'content-encoding': 'gzip' } })],
    ['that is too large', 413, (sent) => ({ ...sent, body: 'x'.repeat(300 * 1024) })],
    ['from a page', 403, (sent) => ({ ...sent, headers: { ...sent.headers, origin: 'https://evil.example' } })],
    ['to another host', 421, (sent) => ({ ...sent, headers: { ...sent.headers, host: 'evil.example' } })],
  ])('%s', async (_how, status, bend) => {
    const ticket = await ticketFor({ door: _how });
    expect((await send(bend(slack.press(ticket, 'approve', 'U0ANNA')))).status).toBe(status);
    expect(await stateOf(ticket)).toBe('pending');
  });

  it('and a form is taken at no other address', async () => {
    const { headers, body } = slack.press('apr_x', 'approve', 'U0ANNA');
    for (const path of [
      '/mcp/execute',
      '/admin/approvals/apr_x',
      '/approvals/slack/more',
      '/api/services/vault/open',
    ]) {
      expect((await send({ method: 'POST', path, headers: { ...headers, ...admin }, body })).status).toBe(415);
    }
  });
});

it.each(['{}', '{"type":"view_submission"}', 'no json', '[]'])('%s that is signed changes nothing', async (payload) => {
  const sent = slack.signed(new URLSearchParams({ payload }).toString());
  expect(await gateway.send(sent)).toMatchObject({ status: 200, text: '' });
});

it('a message is updated at an address of Slack alone', async () => {
  let asked = 0;
  const elsewhere = createServer((_, response) => {
    asked += 1;
    response.end();
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const responseUrl = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/x`;
  const ticket = await ticketFor({ door: 'elsewhere' });
  expect((await gateway.send(slack.press(ticket, 'approve', 'U0ANNA', { responseUrl }))).status).toBe(200);
  // the next one comes after it
  const next = await ticketFor({ door: 'not elsewhere' });
  await gateway.send(slack.press(next, 'approve', 'U0ANNA'));
  await lastReply();
  expect([asked, slack.replies.length, await stateOf(ticket)]).toEqual([0, 1, 'approved']);
  elsewhere.close();
});

it('without a signing secret there are no buttons, and nothing is taken from Slack', async () => {
  const plain = await startGateway({
    env: { MCP_APPROVALS_REQUIRE: 'vault.open', MCP_APPROVALS_WAIT_MS: '0', APPROVALS_SLACK_URL: slack.webhook },
    services: [VaultModule],
  });
  await plain.post('/api/services/vault/open', { door: 'x' }, admin);
  expect(buttonsOf(await lastMessage())).toEqual([]);
  const sent = slack.press('apr_x', 'approve', 'U0ANNA');
  expect((await plain.send(sent)).status).toBe(415);
  expect(kindOf(await plain.post('/approvals/slack', {}, admin))).toEqual([503, 'not-configured']);
  await plain.close();
});

function without(sent: Sent & { headers: Record<string, string> }, name: string): Sent {
  const { [name]: _, ...headers } = sent.headers;
  return { ...sent, headers };
}
