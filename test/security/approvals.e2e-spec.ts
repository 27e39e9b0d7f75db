import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { services } from '#libs/services';
import { vault, VaultModule } from '../fixtures/vault.service.js';
import { ADMIN_KEY } from '../gateway.js';
import { ways } from '../sockets.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
let gateway: WatchedGateway;

beforeAll(async () => {
  gateway = await startWatched({
    env: {
      MCP_APPROVALS_REQUIRE: 'vault.open',
      MCP_APPROVALS_WAIT_MS: '0',
      JWT_SECRET: 'kJ3n8sQ0vX5bT1yR7wE2uZ9pL4mC6aHd',
    },
    services: [...services, VaultModule],
  });
});
// what another file has left
beforeEach(() => vault.reset());
afterEach(async () => {
  await expectUnharmed(gateway);
});
afterAll(() => gateway.close());

const permissions = ['write', 'approve'];
type Credential = 'key' | 'token';
interface Who {
  by: Credential;
  owner?: string;
  subject?: string;
}

/** A new credential, which no other test has. */
async function credentialOf({ by, owner, subject = 'somebody' }: Who): Promise<string> {
  const asked = by === 'key' ? { name: subject, permissions, owner } : { subject, permissions };
  const path = by === 'key' ? '/admin/api-keys' : '/admin/tokens';
  const { body } = await gateway.post(path, asked, admin);
  return (body as Record<Credential, string>)[by];
}
const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });

async function ticketFor(door: string, asker: string): Promise<string> {
  const { body } = await gateway.post('/api/services/vault/open', { door }, bearer(asker));
  return (body as { error: { details: { ticket: string } } }).error.details.ticket;
}

const own = { kind: 'forbidden', message: expect.stringContaining('a call of their own') as string };

describe('a person with two credentials does not approve their own call:', () => {
  const pairs: [what: string, asker: Who, approver: Who][] = [
    ['two keys of one owner', { by: 'key', owner: 'anna' }, { by: 'key', owner: 'anna', subject: 'other' }],
    ['an owner who was typed otherwise', { by: 'key', owner: 'Anna' }, { by: 'key', owner: 'aNNA' }],
    ['a key and a token of its owner', { by: 'key', owner: 'anna' }, { by: 'token', subject: 'anna' }],
    ['a token, and a key that its subject owns', { by: 'token', subject: 'anna' }, { by: 'key', owner: 'anna' }],
  ];

  it.each(pairs)('%s', async (what, asker, approver) => {
    const [agent, person] = [await credentialOf(asker), await credentialOf(approver)];
    const ticket = await ticketFor(what, agent);
    for (const decision of ['approve', 'deny']) {
      const answer = await gateway.post(`/admin/approvals/${ticket}`, { decision }, bearer(person));
      expect(answer).toMatchObject({ status: 403, body: { error: own } });
    }
    for (const connect of Object.values(ways)) {
      const socket = await connect(gateway.url, { headers: bearer(person) });
      const message = { id: ticket, decision: 'approve' };
      expect(await socket.ask('answer_approval', message)).toMatchObject({ ok: false, error: own });
      socket.close();
    }
    const { body } = await gateway.get(`/admin/approvals/${ticket}`, admin);
    expect(body).toMatchObject({ state: 'pending', decidedBy: null });
    expect(vault.ran).toEqual([]);
  });
});

describe('somebody else does:', () => {
  const pairs: [what: string, asker: Who, approver: Who][] = [
    ['another owner', { by: 'key', owner: 'anna' }, { by: 'key', owner: 'berta' }],
    ['keys that nobody is said to own', { by: 'key' }, { by: 'key' }],
    ['a key whose name is an owner’s', { by: 'key', owner: 'anna' }, { by: 'key', subject: 'anna' }],
    ['another subject', { by: 'token', subject: 'anna' }, { by: 'token', subject: 'berta' }],
  ];

  it.each(pairs)('%s', async (what, asker, approver) => {
    const [agent, person] = [await credentialOf(asker), await credentialOf(approver)];
    const ticket = await ticketFor(what, agent);
    const answer = await gateway.post(`/admin/approvals/${ticket}`, { decision: 'approve' }, bearer(person));
    expect(answer).toMatchObject({ status: 200, body: { state: 'approved' } });
    const opened = await gateway.post('/api/services/vault/open', { door: what, ticket }, bearer(agent));
    expect(opened).toMatchObject({ status: 200, body: { data: { opened: what } } });
    expect(vault.ran).toEqual([what]);
  });
});
