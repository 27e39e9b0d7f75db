import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asSuperuser, createDatabase, type TestDatabase } from '../database.js';
import { startEmbeddings, type EmbeddingsServer } from '../fixtures/embeddings-server.js';
import { ADMIN_KEY, startGateway, type Sent, type TestGateway } from '../gateway.js';
import { Relay } from '../relay.js';

const admin = { 'x-mcp-key': ADMIN_KEY };

interface Found {
  id: string;
  text: string;
  score: number;
  agentId: string;
}

/** Calls of one gateway's memory. */
function memoryOf(gateway: TestGateway) {
  const call = (operation: string, input: object = {}, headers: Sent['headers'] = {}) =>
    gateway.post(`/api/services/mem0/${operation}`, input, headers);
  const data = async (operation: string, input: object = {}, headers: Sent['headers'] = {}) => {
    const { status, body } = await call(operation, input, headers);
    expect({ status, body }).toMatchObject({ status: 200 });
    return (body as { data: any }).data;
  };
  const remember = async (text: string, more: object = {}, headers: Sent['headers'] = {}): Promise<string> =>
    (await data('remember', { text, ...more }, headers)).memories[0].id;
  const texts = async (query: string, agentId: string): Promise<string[]> =>
    (await data('search', { query, agentId })).memories.map(({ text }: Found) => text);
  const error = async (operation: string, input: object, headers: Sent['headers'] = {}) => {
    const { status, body } = await call(operation, input, headers);
    return { status, ...(body as { error: { kind: string; message: string; details: any } }).error };
  };
  return { call, data, remember, texts, error };
}

describe('memory in the gateway’s own store', () => {
  let gateway: TestGateway;
  let memory: ReturnType<typeof memoryOf>;
  let keys: Record<'one' | 'two', Record<string, string>>;

  beforeAll(async () => {
    gateway = await startGateway();
    memory = memoryOf(gateway);
    const keyFor = async (name: string, permissions: string[]) => {
      const { body } = await gateway.post('/admin/api-keys', { name, permissions }, admin);
      return { 'x-mcp-key': (body as { key: string }).key };
    };
    const ways = ['remember', 'search', 'list', 'get', 'history', 'update', 'forget', 'get-context', 'list-entities'];
    keys = {
      one: await keyFor('one', ['read', 'write']),
      two: await keyFor(
        'two',
        ways.map((operation) => `mem0.${operation}`),
      ),
    };
  });
  afterAll(() => gateway.close());

  const command = async (line: string) => {
    const { status, body } = await gateway.post('/mcp/execute', { command: line });
    expect({ status, body }).toMatchObject({ status: 200 });
    return (body as { data: any }).data;
  };

  it('is used by slash commands as people know them', async () => {
    await command('/mcp-mem0 remember "User prefers TypeScript"');
    const found = await command('/mcp-mem0 search "programming preferences"');
    expect(found).toMatchObject({
      store: 'gateway',
      search: 'words+trigrams',
      memories: [{ text: 'User prefers TypeScript', agentId: 'local', score: 0.5 }],
    });
    await memory.remember('Agent one likes cats', { agentId: 'agent_001' });
    const today = new Date().toISOString().slice(0, 10);
    expect(await command('/mcp-mem0 get-context agent_001')).toEqual({
      store: 'gateway',
      context: `- Agent one likes cats (${today})\n`,
      shown: 1,
      leftOut: 0,
      tokens: 12,
    });
  });

  it('can be called by the names that Mem0 has for it', async () => {
    const { memories } = await memory.data('add', { text: 'Short-lived', agentId: 'aliases' });
    expect(await memory.data('delete', { memoryId: memories[0].id, agentId: 'aliases' })).toMatchObject({
      forgotten: true,
    });
    expect(await command('/mcp-mem0 add "Once more" --agent-id aliases')).toMatchObject({
      memories: [{ event: 'ADD' }],
    });
  });

  it('remembers each message of a conversation but the system’s', async () => {
    const messages = [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'I live in Vienna' },
      { role: 'assistant', content: 'Noted' },
    ];
    await memory.data('remember', { messages, agentId: 'talk', userId: 'u', metadata: { from: 'chat' } });
    const { memories } = await memory.data('list', { agentId: 'talk' });
    expect(memories.map(({ text, userId, metadata }: any) => ({ text, userId, metadata }))).toEqual(
      expect.arrayContaining([
        { text: 'I live in Vienna', userId: 'u', metadata: { from: 'chat' } },
        { text: 'Noted', userId: 'u', metadata: { from: 'chat' } },
      ]),
    );
    expect(memories).toHaveLength(2);
  });

  describe('finds', () => {
    beforeAll(async () => {
      for (const text of [
        'The user likes strong coffee',
        'Deploys happen on Fridays',
        'Coffee machines are in Vienna',
      ]) {
        await memory.remember(text, { agentId: 'finder' });
      }
    });

    it.each([
      [
        'what has any of the words, the most of them first',
        'coffee in Vienna',
        ['Coffee machines are in Vienna', 'The user likes strong coffee'],
      ],
      ['other forms of a word', 'deployment', ['Deploys happen on Fridays']],
      [
        'words with mistakes in them',
        'cofee machnes',
        ['Coffee machines are in Vienna', 'The user likes strong coffee'],
      ],
      ['a short word with a mistake in it', 'vienma', ['Coffee machines are in Vienna']],
      ['nothing where nothing fits', 'quantum gravity', []],
      ['nothing by words that stand everywhere', 'the of and', []],
      ['nothing by signs, whatever they mean to a query language', `!&|()<-> ':*`, []],
    ])('%s', async (_what, query, expected) => {
      expect(await memory.texts(query, 'finder')).toEqual(expected);
    });

    it('only as many as are wanted, and only good ones', async () => {
      const of = async (more: object) =>
        (await memory.data('search', { query: 'coffee in Vienna', agentId: 'finder', ...more })).memories.map(
          ({ score }: Found) => score,
        );
      expect(await of({})).toEqual([1, 0.5]);
      expect(await of({ topK: 1 })).toEqual([1]);
      expect(await of({ threshold: 0.6 })).toEqual([1]);
    });

    it('what belongs to a user or a run', async () => {
      await memory.remember('Coffee for Ann', { agentId: 'narrow', userId: 'ann' });
      await memory.remember('Coffee for Ben', { agentId: 'narrow', userId: 'ben', runId: 'r' });
      const of = async (more: object) =>
        (await memory.data('search', { query: 'coffee', agentId: 'narrow', ...more })).memories.map(
          ({ text }: Found) => text,
        );
      expect(await of({ userId: 'ann' })).toEqual(['Coffee for Ann']);
      expect(await of({ runId: 'r' })).toEqual(['Coffee for Ben']);
      expect(await of({ userId: 'ann', runId: 'r' })).toEqual([]);
    });
  });

  it('lists the newest first, page by page', async () => {
    for (let n = 1; n <= 5; n += 1) await memory.remember(`Note ${n}`, { agentId: 'pages' });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { memories: Found[]; nextCursor: string | null } = await memory.data('list', {
        agentId: 'pages',
        limit: 2,
        ...(cursor !== null && { cursor }),
      });
      seen.push(...page.memories.map(({ text }) => text));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(['Note 5', 'Note 4', 'Note 3', 'Note 2', 'Note 1']);
  });

  it('keeps the history of a memory, also after it is deleted', async () => {
    const memoryId = await memory.remember('Lives in Graz', { agentId: 'past' });
    const updated = await memory.data('update', { memoryId, text: 'Lives in Vienna', agentId: 'past' });
    expect(updated).toMatchObject({ id: memoryId, text: 'Lives in Vienna' });
    expect(await memory.texts('Graz', 'past')).toEqual([]);
    expect(await memory.texts('Vienna', 'past')).toEqual(['Lives in Vienna']);
    await memory.data('forget', { memoryId, agentId: 'past' });
    const { changes } = await memory.data('history', { memoryId, agentId: 'past' });
    expect(changes.map(({ at: _, ...change }: { at: string }) => change)).toEqual([
      { event: 'ADD', oldText: null, newText: 'Lives in Graz' },
      { event: 'UPDATE', oldText: 'Lives in Graz', newText: 'Lives in Vienna' },
      { event: 'DELETE', oldText: 'Lives in Vienna', newText: null },
    ]);
    expect(await memory.error('get', { memoryId, agentId: 'past' })).toMatchObject({ status: 404, kind: 'unknown' });
  });

  it('forgets what has expired, everywhere', async () => {
    const expires = new Date(Date.now() + 1_500).toISOString();
    const memoryId = await memory.remember('The code is 4711', { agentId: 'brief', expires });
    expect((await memory.data('get', { memoryId, agentId: 'brief' })).expiresAt).toBe(expires);
    await vi.waitFor(async () => expect((await memory.call('get', { memoryId, agentId: 'brief' })).status).toBe(404), {
      timeout: 10_000,
      interval: 100,
    });
    expect(await memory.texts('code', 'brief')).toEqual([]);
    expect((await memory.data('list', { agentId: 'brief' })).memories).toEqual([]);
    expect((await memory.data('get-context', { agentId: 'brief' })).context).toBe('');
    expect((await memory.call('history', { memoryId, agentId: 'brief' })).status).toBe(404);
    expect((await memory.call('update', { memoryId, agentId: 'brief', text: 'No' })).status).toBe(404);
  });

  it('fits a context into its budget, what the query asks for first', async () => {
    for (let n = 1; n <= 8; n += 1)
      await memory.remember(`Fact ${n} about the weather of that day`, { agentId: 'budget' });
    const oldest = 'Fact 1 about the weather';
    await memory.remember('Prefers tea', { agentId: 'budget' });
    const answer = await memory.data('get-context', { agentId: 'budget', query: 'fact 1', maxTokens: 60 });
    expect(answer.context.startsWith(`- ${oldest}`)).toBe(true);
    expect(answer).toMatchObject({ shown: 3, leftOut: 6, search: 'words+trigrams' });
    expect(answer.tokens).toBeLessThanOrEqual(60);
    expect(Buffer.byteLength(answer.context)).toBeLessThanOrEqual(180);
  });

  it('keeps texts that databases refuse, as far as they can be kept', async () => {
    const odd = { text: 'a\u0000b \ud83d c', metadata: { 'k\u0000': ['\u0000', '\ud800', '\\u0000'] } };
    const memoryId = await memory.remember(odd.text, { agentId: 'odd', metadata: odd.metadata });
    expect(await memory.data('get', { memoryId, agentId: 'odd' })).toMatchObject({
      text: 'ab  c',
      metadata: { k: ['', '', '\\u0000'] },
    });
  });

  it.each([
    ['neither text nor messages', 'remember', {}, 'text: expected either text or messages, got neither'],
    [
      'both',
      'remember',
      { text: 'a', messages: [{ role: 'user', content: 'b' }] },
      'text: expected either text or messages, got both',
    ],
    [
      'an end in the past',
      'remember',
      { text: 'a', expires: '2020-01-01' },
      'expires: expected a time to come, got "2020-01-01"',
    ],
    [
      'a text of which nothing can be kept',
      'remember',
      { text: '\u0000\ud83d' },
      'text: expected text with characters that can be kept, got none',
    ],
    [
      'a query of the kind',
      'search',
      { query: '\u0000' },
      'query: expected text with characters that can be kept, got none',
    ],
    ['all agents as one', 'remember', { text: 'a', agentId: '*' }, 'agentId: expected the id of one agent, got "*"'],
    [
      'much metadata',
      'remember',
      { text: 'a', metadata: { a: 'x'.repeat(17_000) } },
      'metadata: expected at most 16384 bytes, got 17008',
    ],
    [
      'a cursor of its own',
      'list',
      { cursor: 'page2' },
      'cursor: expected nextCursor of a page before, got something else',
    ],
    [
      'no change',
      'update',
      { memoryId: '00000000-0000-4000-8000-000000000000' },
      'text: expected a new text or metadata, got neither',
    ],
  ])('refuses %s', async (_what, operation, input, message) => {
    expect(await memory.error(operation, input)).toMatchObject({ status: 400, kind: 'invalid', message });
  });

  it('deletes for admins whatever belongs to a user, an agent or a run', async () => {
    const kept = await memory.remember('Carl, elsewhere', { agentId: 'a1', userId: 'carl', runId: 'other' });
    const gone = await memory.remember('Carl, here', { agentId: 'a1', userId: 'carl', runId: 'this' });
    expect(await memory.error('delete-all', { userId: 'carl' })).toMatchObject({
      status: 403,
      details: { permission: 'admin' },
    });
    expect(await memory.error('delete-all', {}, admin)).toMatchObject({ status: 400 });
    expect(await memory.data('delete-all', { userId: 'carl', runId: 'this' }, admin)).toEqual({ deleted: 1 });
    expect((await memory.call('get', { memoryId: gone, agentId: 'a1' })).status).toBe(404);
    expect((await memory.data('history', { memoryId: gone, agentId: 'a1' })).changes).toHaveLength(2);
    expect((await memory.data('list-entities', { agentId: 'a1' })).entities).toEqual([
      { type: 'agent', id: 'a1', memories: 1 },
      { type: 'run', id: 'other', memories: 1 },
      { type: 'user', id: 'carl', memories: 1 },
    ]);
    expect(await memory.data('delete-entity', { type: 'user', id: 'carl' }, admin)).toMatchObject({ deleted: 1 });
    expect((await memory.call('history', { memoryId: gone, agentId: 'a1' })).status).toBe(404);
    expect((await memory.call('get', { memoryId: kept, agentId: 'a1' })).status).toBe(404);
  });

  describe('of another agent', () => {
    let memoryId: string;
    let ones: string;
    beforeAll(async () => {
      memoryId = await memory.remember('The secret of one', {}, keys.one);
      ({ agentId: ones } = await memory.data('get', { memoryId }, keys.one));
    });

    it.each([
      ['search', () => ({ query: 'secret' }), ({ memories }: any) => memories],
      ['list', () => ({}), ({ memories }: any) => memories],
      ['get-context', () => ({}), ({ shown }: any) => (shown === 0 ? [] : shown)],
      ['list-entities', () => ({}), ({ entities }: any) => entities],
    ])('is not in what %s answers', async (operation, input, seen) => {
      expect(seen(await memory.data(operation, input(), keys.two))).toEqual([]);
      expect(seen(await memory.data(operation, input(), keys.one))).not.toEqual([]);
    });

    it.each([
      ['get', {}],
      ['history', {}],
      ['update', { text: 'changed' }],
      ['forget', {}],
    ])('is not there for %s', async (operation, more) => {
      const { status, kind, message } = await memory.error(operation, { memoryId, ...more }, keys.two);
      expect({ status, kind }).toEqual({ status: 404, kind: 'unknown' });
      expect(message).not.toContain(ones);
      expect(await memory.data('get', { memoryId }, keys.one)).toMatchObject({ text: 'The secret of one' });
    });

    // a key for single operations must not reach further than one for "read" and "write"
    it.each(['one', 'two'] as const)('is refused to the key %s when it names it', async (name) => {
      const calls: [string, object][] = [
        ['search', { query: 'secret' }],
        ['list', {}],
        ['get-context', {}],
        ['list-entities', {}],
        ['remember', { text: 'planted' }],
        ['get', { memoryId }],
        ['history', { memoryId }],
        ['update', { memoryId, text: 'changed' }],
        ['forget', { memoryId }],
      ];
      for (const [operation, input] of calls) {
        for (const agentId of ['agent_001', '*']) {
          const refusal = await memory.error(operation, { ...input, agentId }, keys[name]);
          expect(refusal).toMatchObject({ status: 403, kind: 'forbidden', details: { permission: 'admin' } });
        }
      }
    });

    it('is open to admins, and to callers that are known by their address alone', async () => {
      for (const headers of [admin, {}]) {
        expect(await memory.data('get', { memoryId, agentId: ones }, headers)).toMatchObject({ id: memoryId });
        const { memories } = await memory.data('search', { query: 'secret of one', agentId: '*' }, headers);
        expect(memories[0]).toMatchObject({ text: 'The secret of one', agentId: ones });
      }
    });
  });
});

describe('without trigrams', () => {
  let database: TestDatabase;
  let gateway: TestGateway;
  afterAll(async () => {
    await gateway.close();
    await asSuperuser('postgres', `DROP DATABASE ${database.name} WITH (FORCE)`);
    await asSuperuser('postgres', `DROP ROLE ${database.name}_owner`);
  });

  it('starts on a database whose role may install no extension, and says what search lacks', async () => {
    database = await createDatabase();
    const owner = `${database.name}_owner`;
    await asSuperuser(
      database.name,
      `CREATE ROLE ${owner} LOGIN PASSWORD 'pw'; GRANT CREATE, USAGE ON SCHEMA public TO ${owner}`,
    );
    const url = new URL(database.url);
    url.username = owner;
    url.password = 'pw';
    gateway = await startGateway({ env: { DATABASE_URL: url.href } });
    const memory = memoryOf(gateway);
    await memory.remember('Strong coffee', { agentId: 'a' });
    expect(await memory.data('search', { query: 'coffee', agentId: 'a' })).toMatchObject({
      search: 'words',
      memories: [{ score: 1 }],
    });
    expect(await memory.texts('cofee', 'a')).toEqual([]);
    expect(await memory.data('health')).toMatchObject({
      state: 'degraded',
      detail: expect.stringContaining('CREATE EXTENSION pg_trgm') as string,
    });

    // an admin mends it while the gateway runs
    await asSuperuser(database.name, 'CREATE EXTENSION pg_trgm');
    expect(await memory.texts('cofee', 'a')).toEqual(['Strong coffee']);
  });
});

describe('while the store is away', () => {
  it('is unavailable, says so in the catalog, and is back with the store', async () => {
    const database = await createDatabase();
    const line = await Relay.to(database.url);
    const gateway = await startGateway({ env: { DATABASE_URL: line.url } });
    const memory = memoryOf(gateway);
    const statusOf = async () => (await gateway.get('/mcp/service/mem0')).body as { status: string };
    try {
      await memory.remember('Strong coffee', { agentId: 'a' });
      await line.cut();
      for (const [operation, input] of [
        ['remember', { text: 'Meanwhile' }],
        ['search', { query: 'coffee' }],
        ['health', {}],
      ] as const) {
        expect(await memory.error(operation, input)).toMatchObject({
          status: 502,
          kind: 'unavailable',
          details: { retryable: true },
        });
      }
      await vi.waitFor(async () => expect((await statusOf()).status).toBe('unavailable'), { timeout: 10_000 });
      await line.mend();
      await vi.waitFor(async () => expect((await statusOf()).status).toBe('ready'), { timeout: 15_000 });
      expect(await memory.texts('coffee', 'a')).toEqual(['Strong coffee']);
    } finally {
      await gateway.close();
      await line.cut();
      await database.drop();
    }
  });
});

describe('with embeddings', () => {
  let gateway: TestGateway;
  let embeddings: EmbeddingsServer;
  let memory: ReturnType<typeof memoryOf>;

  beforeAll(async () => {
    embeddings = await startEmbeddings();
    gateway = await startGateway({ env: { EMBEDDINGS_URL: embeddings.url, EMBEDDINGS_KEY: 'sk-embeddings-key' } });
    memory = memoryOf(gateway);
  });
  afterAll(async () => {
    await gateway.close();
    await embeddings.close();
  });

  it('finds by meaning what shares no word, and words and meaning together first', async () => {
    for (const text of ['User prefers TypeScript', 'Writes code at night', 'Enjoys espresso']) {
      await memory.remember(text, { agentId: 'm' });
    }
    const { search, memories } = await memory.data('search', { query: 'who writes programming', agentId: 'm' });
    expect(search).toBe('words+trigrams+vectors');
    expect(memories.map(({ text }: Found) => text)).toEqual(['Writes code at night', 'User prefers TypeScript']);
    expect(embeddings.headers.at(-1)).toMatchObject({ authorization: 'Bearer sk-embeddings-key' });
  });

  it.each([
    ['is down', { status: 500, body: '{}' }, 'refused with status 500'],
    [
      'refuses the key',
      { status: 401, body: '{"error": {"message": "bad key sk-embeddings-key"}}' },
      'refused with status 401',
    ],
    [
      'answers nonsense',
      { status: 200, body: '{"data": [{"index": 0, "embedding": "x"}]}' },
      'answered with something else than vectors',
    ],
    ['answers no JSON', { status: 200, body: '<html>' }, 'answered with something else than vectors'],
  ])('does by words, and says so, while their API %s', async (_what, failure, told) => {
    embeddings.failure = failure;
    const memoryId = await memory.remember('Travels to Vienna', { agentId: 'w' });
    const answer = await memory.data('search', { query: 'vienna', agentId: 'w' });
    expect(answer).toMatchObject({
      search: 'words+trigrams',
      note: `The embeddings API ${told}, so that only words were compared`,
      memories: [{ id: memoryId }],
    });
    expect(JSON.stringify(answer)).not.toContain('sk-embeddings');
    embeddings.failure = undefined;
    await memory.data('forget', { memoryId, agentId: 'w' });
  });

  it('makes up for vectors that are missing as soon as it can', async () => {
    embeddings.failure = { status: 503, body: '{}' };
    await memory.remember('Enjoys espresso', { agentId: 'late' });
    embeddings.failure = undefined;
    expect(await memory.texts('something to drink', 'late')).toEqual(['Enjoys espresso']);
    const before = embeddings.asked.length;
    expect(await memory.texts('something to drink', 'late')).toEqual(['Enjoys espresso']);
    expect(embeddings.asked.slice(before)).toEqual([1]);
  });

  it('compares no vectors of another model', async () => {
    await memory.remember('Enjoys espresso', { agentId: 'models' });
    await gateway.restart({ EMBEDDINGS_MODEL: 'another-model' });
    const before = embeddings.asked.length;
    expect(await memory.texts('something to drink', 'models')).toEqual(['Enjoys espresso']);
    expect(embeddings.asked.slice(before)).toEqual([1, 1]);
  });

  it('makes up for vectors in small batches, and for all but the texts that the API refuses', async () => {
    embeddings.failure = { status: 503, body: '{}' };
    for (let n = 1; n <= 18; n += 1) await memory.remember(`Espresso number ${n}`, { agentId: 'batches' });
    await memory.remember('A text too long for it, about espresso', { agentId: 'batches' });
    embeddings.failure = undefined;
    embeddings.refuses = (texts) => (texts.some((text) => text.includes('too long')) ? 413 : undefined);
    const find = () => memory.data('search', { query: 'what to drink', agentId: 'batches', topK: 30 });
    const { search, memories } = await find();
    expect(search).toBe('words+trigrams+vectors');
    expect(memories).toHaveLength(18);
    const before = embeddings.asked.length;
    expect((await find()).memories).toHaveLength(18);
    expect(embeddings.asked.slice(before)).toEqual([1]);
    embeddings.refuses = () => undefined;
  });
});
