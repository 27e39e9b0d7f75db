import { execFile } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { backUp, DataDirectory, migrationsOfServices, restore, showSchema, StoreSettings } from '#libs/core';
import { StartError } from '#libs/kit';
import { services } from '#libs/services';
import { createGateway } from '../apps/gateway/src/configure-app.js';
import { declaredSettings } from '../apps/gateway/src/declared-settings.js';
import type { Gateway } from '../apps/gateway/src/gateway.js';
import { ConfigKeys } from '../libs/core/src/config/config-keys.js';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
import { sendTo, type Answer } from './gateway.js';
import { GatewayProcesses } from './gateway-process.js';
import { WITHOUT_LIMITS } from './without-limits.js';

// Most start several gateways.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const SECRET = 'a secret that the operator keeps apart from backups';

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

interface Saved {
  archive: string;
  keys: string[];
  names: string[];
}

interface Env extends Partial<Record<'DATABASE_URL' | 'MCP_SECRET_KEY', string>> {
  DATA_DIR: string;
}

interface Running {
  get(path: string, headers: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  stop(): Promise<void>;
}

let processes: GatewayProcesses;
const gateways: Gateway[] = [];
const databases: TestDatabase[] = [];
/** Of a gateway with its own database, its secret in its data directory, and two keys beside the first. */
let saved: Saved;

beforeAll(async () => {
  processes = new GatewayProcesses();
  saved = await saveOne({}, async (archive, { DATA_DIR }) => {
    const outcome = await run('backup', [archive], { DATA_DIR });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    return outcome.stdout.split('\n');
  });
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await processes.close();
  await Promise.all(databases.map((database) => database.drop()));
});

/** A new data directory whose store is a database of its own on the server of the tests, which is there at once. */
async function placeOfStore(): Promise<Env> {
  const database = await createDatabase();
  databases.push(database);
  return { DATA_DIR: join(processes.directory(), 'data'), DATABASE_URL: database.url };
}

/** Runs the command as `npm run backup` and its like do. */
function run(
  command: 'backup' | 'migrate' | 'restore',
  args: string[],
  env: Partial<Env>,
  cwd = processes.directory(),
): Promise<Outcome> {
  const main = join(processes.build, `dist/apps/gateway/src/${command}.js`);
  return new Promise((resolve) => {
    const options = { cwd, env: { PATH: process.env.PATH, ...env } };
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** What such a command is given, with all that it said; within this process, which has loaded the gateway once. */
function taskOf(env: Env) {
  const said: string[] = [];
  return {
    directory: new DataDirectory(env.DATA_DIR),
    databaseUrl: env.DATABASE_URL,
    secretKey: env.MCP_SECRET_KEY,
    version: '0.1.0',
    say: (line: string) => void said.push(line),
    signal: new AbortController().signal,
    migrations: migrationsOfServices(services),
    said,
  };
}

async function save(archive: string, env: Env): Promise<string[]> {
  const task = taskOf(env);
  await backUp(archive, task);
  return task.said;
}

/** `replace`: whether what is there may be lost. */
async function fill(archive: string, env: Env, replace = false): Promise<string[]> {
  const task = taskOf(env);
  await restore(archive, { ...task, replace });
  return task.said;
}

/** What the operator is told who must help. */
async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((error: unknown) => error);
  return error instanceof StartError ? error.message : `not refused: ${String(error)}`;
}

async function start(env: Env): Promise<Running> {
  const MCP_WORKING_DIR = processes.directory();
  const gateway = await createGateway({
    PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'error',
    MCP_WORKING_DIR,
    ...WITHOUT_LIMITS,
    ...env,
  });
  gateways.push(gateway);
  const url = await gateway.start();
  return {
    get: (path, headers) => sendTo(url, { path, headers }),
    post: (path, body, headers = {}) =>
      sendTo(url, {
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    stop: () => gateway.stop(0),
  };
}

const list = async (gateway: Running, key: string) =>
  (await gateway.get('/admin/api-keys', { 'x-mcp-key': key })).body as { items: { name: string }[] };

/** Starts a gateway, makes keys, saves it while it runs, and stops it. */
async function saveOne(
  env: Partial<Env>,
  backUpInto: (archive: string, env: Env) => Promise<readonly string[]>,
): Promise<Saved> {
  const at = processes.directory();
  const archive = join(at, 'saved.tar.gz');
  const directory = join(at, 'data');
  const gateway = await start({ ...env, DATA_DIR: directory });
  const admin = readFileSync(join(directory, 'admin.key'), 'utf8').trim();
  const keys = [admin];
  for (const name of ['one with "odd" \\ signs', 'two']) {
    const { body } = await gateway.post('/admin/api-keys', { name, permissions: ['read'] }, { 'x-mcp-key': admin });
    keys.push((body as { key: string }).key);
  }
  await gateway.post('/api/services/mem0/remember', { text: 'Backups hold memories', agentId: 'saved' });
  mkdirSync(join(directory, 'audit'), { recursive: true });
  writeFileSync(join(directory, 'audit', 'kept.txt'), 'lines that wait');
  expect(await backUpInto(archive, { ...env, DATA_DIR: directory })).toContain('api_keys: 3 rows');
  const names = (await list(gateway, admin)).items.map(({ name }) => name);
  await gateway.stop();
  return { archive, keys, names };
}

/** What a gateway that was started after a restore knows. */
async function knows(env: Env, { keys }: Saved): Promise<unknown> {
  const gateway = await start(env);
  const statuses = [];
  for (const key of keys) {
    statuses.push((await gateway.get('/mcp/catalog', { 'x-mcp-key': key })).status);
  }
  const names = (await list(gateway, keys[0]!)).items.map(({ name }) => name);
  const { body } = await gateway.post('/api/services/mem0/search', { query: 'memories', agentId: 'saved' });
  const memories = (body as { data: { memories: { text: string }[] } }).data.memories.map(({ text }) => text);
  await gateway.stop();
  return { statuses, names, memories };
}

const whole = ({ names }: Saved) => ({ statuses: [200, 200, 200], names, memories: ['Backups hold memories'] });

describe('a backup of a running gateway', () => {
  it('is for its owner alone, and warns of the secrets that it holds', async () => {
    expect(statSync(saved.archive).mode & 0o777).toBe(0o600);
    expect(saved.names).toHaveLength(3);
  });

  it('becomes a gateway with the same keys in an empty directory', async () => {
    const directory = join(processes.directory(), 'elsewhere');
    const outcome = await run('restore', [saved.archive], { DATA_DIR: directory });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(directory, 'audit', 'kept.txt'), 'utf8')).toBe('lines that wait');
    expect(statSync(join(directory, 'secret.key')).mode & 0o777).toBe(0o600);
    expect(await knows({ DATA_DIR: directory }, saved)).toEqual(whole(saved));
  });

  it('becomes one on the operator’s database, whose other tables are left alone', async () => {
    const database = await createDatabase('CREATE TABLE customers (id serial, name text)');
    await asSuperuser(database.name, `INSERT INTO customers (name) VALUES ('one'), ('two')`);
    const env = { DATA_DIR: join(processes.directory(), 'data'), DATABASE_URL: database.url };
    await fill(saved.archive, env);
    expect(await knows(env, saved)).toEqual(whole(saved));

    // of which one call in the background is open
    await asSuperuser(
      database.name,
      `INSERT INTO background_calls (id, state, caller_id, operation, sealed_call, repeatable, attempt, losses, began,
         due_at, cancelled, created_at, expires_at)
       VALUES ('bgr_1', 'waiting', 'one', 'gateway.echo', '', true, 0, 0, false, now(), false, now(), now() + '1 day')`,
    );
    // and approvals that may be used, that are used, and that nobody has given yet
    await asSuperuser(
      database.name,
      `INSERT INTO approvals (id, state, caller_id, asker, door, request_id, operation, sealed_arguments, touches,
         created_at, expires_at)
       SELECT 'apr_' || state, state, 'one', '{}', 'rest', '1', 'gateway.echo', '', '{}', now(), now() + '1 hour'
       FROM unnest('{pending,approved,running,done}'::text[]) AS state`,
    );
    // and once more over what it has become, from a backup of its own that holds the other table too
    const again = join(processes.directory(), 'again.tar.gz');
    await save(again, env);
    await asSuperuser(database.name, `INSERT INTO customers (name) VALUES ('three')`);
    const said = await fill(again, env, true);
    expect(said).toContain('Replaced: api_keys: 3 rows');
    expect(said).toContainEqual(expect.stringMatching(/^customers: 2 rows left out/));
    expect(said).toContain('1 calls in the background were open, and are not run again');
    expect(await asSuperuser(database.name, 'SELECT state FROM background_calls')).toEqual([{ state: 'interrupted' }]);
    expect(said).toContain('2 approvals were not used up, and are good no more');
    expect(await asSuperuser(database.name, 'SELECT id, state FROM approvals ORDER BY id')).toEqual([
      { id: 'apr_approved', state: 'lost' },
      { id: 'apr_done', state: 'done' },
      { id: 'apr_pending', state: 'pending' },
      { id: 'apr_running', state: 'lost' },
    ]);
    expect(await asSuperuser(database.name, 'SELECT name FROM customers ORDER BY id')).toHaveLength(3);
    expect(await knows(env, saved)).toEqual(whole(saved));
    await database.drop();
  });
});

describe('a backup of a stopped gateway', () => {
  it('starts its database for it, and leaves nothing running', async () => {
    const directory = join(processes.directory(), 'data');
    await fill(saved.archive, { DATA_DIR: directory });
    const archive = join(processes.directory(), 'second.tar.gz');
    expect(await run('backup', [archive], { DATA_DIR: directory })).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(directory, 'gateway.lock'))).toBe(false);
    expect(await knows({ DATA_DIR: directory }, saved)).toEqual(whole(saved));
  });

  it('is refused where no gateway has been', async () => {
    const directory = join(processes.directory(), 'nobody');
    const archive = join(processes.directory(), 'none.tar.gz');
    expect(await refusalOf(save(archive, { DATA_DIR: directory }))).toBe(
      `No gateway has kept data in ${directory}. Set DATA_DIR or DATABASE_URL as it has them.`,
    );
    expect([existsSync(directory), existsSync(archive)]).toEqual([false, false]);
  });

  it('is refused without a file to write, and into a folder that is not there', async () => {
    expect(await run('backup', [], {})).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Usage: /) as unknown,
    });
    const nowhere = join(processes.directory(), 'nowhere');
    expect(await run('backup', [join(nowhere, 'x.tar.gz')], {})).toEqual({
      code: 1,
      stdout: '',
      stderr: `${nowhere} can’t be written to (ENOENT).\n`,
    });
  });
});

/** The archive with its tar changed. */
function spoiled(change: (tar: Buffer) => Buffer): string {
  const path = join(processes.directory(), 'spoiled.tar.gz');
  writeFileSync(path, gzipSync(change(gunzipSync(readFileSync(saved.archive)))));
  return path;
}

/** The tar with `from` replaced by something as long, which leaves its headers right. */
function swapped(from: string, to: string): string {
  expect(to).toHaveLength(from.length);
  return spoiled((tar) => {
    const changed = Buffer.from(tar.toString('latin1').replaceAll(from, to), 'latin1');
    expect(changed.equals(tar)).toBe(false);
    return changed;
  });
}

/** The tar with an entry under another name of the same length, in the manifest too. */
function renamed(from: string, to: string): string {
  return spoiled((tar) => {
    const changed = Buffer.from(tar.toString('latin1').replaceAll(from, to), 'latin1');
    const at = changed.indexOf(to);
    const header = changed.subarray(at, at + 512);
    // ustar: the sum of the header's bytes, its own field taken as blanks
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return changed;
  });
}

describe('before anything is touched, a restore refuses', () => {
  it.each<[what: string, archive: () => string, message: RegExp]>([
    ['one row that is not what was saved', () => swapped('two\t', 'tow\t'), /api_keys.*is not what was saved/],
    ['a torn file', () => torn(), /is no whole backup: unexpected end of file/],
    ['a file that is no archive', () => plainFile(), /is no whole backup/],
    ['a file that is not there', () => '/nowhere/at/all.tar.gz', /can't be read \(ENOENT\)/],
    ['a format of the future', () => swapped('"format": 1', '"format": 2'), /gateway 0\.1\.0 in a newer format \(2/],
    [
      'migrations of the future',
      () => swapped('"ApiKeys1732147200000"', '"ApiKeys9732147200000"'),
      /made by the gateway 0\.1\.0, and this gateway \(0\.1\.0\) does not know ApiKeys9732147200000/,
    ],
    ['an archive without its manifest', () => renamed('manifest.json', 'manifesto.txt'), /holds no manifest\.json/],
    [
      'a name that leads out of the data directory',
      () => renamed('files/secret.key', 'files/../evil.ke'),
      /holds a file that no backup takes/,
    ],
  ])('%s', async (_what, archive, message) => {
    const directory = join(processes.directory(), 'target');
    expect(await refusalOf(fill(archive(), { DATA_DIR: directory }))).toMatch(message);
    expect(existsSync(join(directory, 'secret.key'))).toBe(false);
    expect(existsSync(join(directory, 'admin.key'))).toBe(false);
  });

  function torn(): string {
    const path = join(processes.directory(), 'torn.tar.gz');
    const bytes = readFileSync(saved.archive);
    writeFileSync(path, bytes.subarray(0, bytes.length - 200));
    return path;
  }

  function plainFile(): string {
    const path = join(processes.directory(), 'letter.tar.gz');
    writeFileSync(path, 'Dear gateway,\n');
    return path;
  }

  it('a directory whose gateway runs', async () => {
    const place = await placeOfStore();
    const gateway = await start(place);
    const outcome = await run('restore', [saved.archive, '--replace'], { DATA_DIR: place.DATA_DIR });
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Another gateway .* Stop it/) as unknown });
    await gateway.stop();
  });

  it('a database that a gateway on another machine uses', async () => {
    const place = await placeOfStore();
    const gateway = await start(place);
    const elsewhere = { ...place, DATA_DIR: join(processes.directory(), 'data') };
    expect(await refusalOf(fill(saved.archive, elsewhere, true))).toBe(
      'A gateway is using this store. Stop it first. Nothing was changed.',
    );
    await gateway.stop();
  });

  it('a store that holds data, unless it may be replaced', async () => {
    const env = await placeOfStore();
    await fill(saved.archive, env);
    expect(await refusalOf(fill(saved.archive, env))).toMatch(
      /^There is data already \(.*api_keys: 3 rows.*the audit’s files.*\)\. Nothing was changed\. .* add --replace/,
    );
    const replaced = await run('restore', [saved.archive, '--replace'], env);
    expect(replaced).toMatchObject({ code: 0, stderr: '' });
    expect(replaced.stdout).toMatch(/^Replaced: api_keys: 3 rows$/m);
    expect(await knows(env, saved)).toEqual(whole(saved));
  });

  it('a directory with another secret, even to replace', async () => {
    const place = await placeOfStore();
    await (await start(place)).stop();
    const secret = () => readFileSync(join(place.DATA_DIR, 'secret.key'), 'utf8');
    const before = secret();
    const refusal = await refusalOf(fill(saved.archive, place, true));
    expect(refusal).toMatch(/is another secret than the one/);
    expect(secret()).toBe(before);
  });
});

describe('MCP_SECRET_KEY that is given apart', () => {
  let apart: Saved;

  beforeAll(async () => {
    const { DATABASE_URL } = await placeOfStore();
    apart = await saveOne({ DATABASE_URL, MCP_SECRET_KEY: SECRET }, save);
  });

  it('is not in the archive', async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(apart.archive)) chunks.push(chunk as Buffer);
    const text = gunzipSync(Buffer.concat(chunks)).toString('latin1');
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('files/secret.key');
  });

  it.each<[string, string | undefined, RegExp]>([
    ['missing', undefined, /made with MCP_SECRET_KEY set, which is not in the archive/],
    ['another one', SECRET.toUpperCase(), /made under another secret than this MCP_SECRET_KEY/],
  ])('refuses the restore when it is %s', async (_what, MCP_SECRET_KEY, message) => {
    const directory = join(processes.directory(), 'data');
    expect(await refusalOf(fill(apart.archive, { DATA_DIR: directory, MCP_SECRET_KEY }))).toMatch(message);
    expect(existsSync(join(directory, 'postgres'))).toBe(false);
  });

  it('makes the keys work when it is the same', async () => {
    const env = { ...(await placeOfStore()), MCP_SECRET_KEY: SECRET };
    await fill(apart.archive, env);
    expect(await knows(env, apart)).toEqual(whole(apart));
  });
});

describe('beside a config file', () => {
  const keys = new ConfigKeys(declaredSettings().filter((type) => type !== StoreSettings)).all();
  const whole = Object.fromEntries(keys.map(({ key }) => [key.replace('<id>', 'x'), 'any value']));

  function directoryWith(content: object): string {
    const directory = processes.directory();
    mkdirSync(join(directory, 'config'));
    writeFileSync(join(directory, 'config', 'mcp-router.json'), JSON.stringify(content));
    return directory;
  }

  it.each([
    ['backup', join('nowhere', 'x.tar.gz'), /nowhere/],
    ['restore', join('nowhere', 'x.tar.gz'), /nowhere/],
    ['migrate', 'status', /^No gateway/],
  ] as const)(
    '%s takes all that the gateway knows, and looks at its own settings alone',
    async (command, word, told) => {
      const { stderr } = await run(command, [word], {}, directoryWith({ ...whole, 'store.dataDir': './empty' }));
      expect(stderr).toMatch(told);
    },
  );

  it('refuses what the gateway does not know', async () => {
    const { stderr } = await run('migrate', ['status'], {}, directoryWith({ ...whole, 'store.dataDri': './empty' }));
    expect(stderr).toMatch(/store\.dataDri in .* is no setting; did you mean store\.dataDir/);
  });
});

describe('npm run migrate', () => {
  it('tells what was done to the store of a directory, and takes it back and does it anew', async () => {
    const env = { DATA_DIR: join(processes.directory(), 'data') };
    expect(await refusalOf(showSchema(taskOf(env)))).toMatch(/^No gateway/);
    await (await start(env)).stop();
    const { stdout } = await run('migrate', ['status'], env);
    expect(stdout).toMatch(/^done {5}ApiKeys1732147200000\n(done {5}\w+\n)+$/);
    const last = /(\w+)\n$/.exec(stdout)![1]!;
    expect(await run('migrate', ['down', '1'], env)).toEqual({ code: 0, stdout: `Undone: ${last}\n`, stderr: '' });
    const task = taskOf(env);
    await showSchema(task);
    expect(task.said).toContain(`pending  ${last}`);
    const up = `Migrated the store: ${last}\nThe store has all that this version needs\n`;
    expect(await run('migrate', [], env)).toEqual({ code: 0, stdout: up, stderr: '' });
  });

  it.concurrent.each([[['sideways']], [['down', '0']]])('answers %j with how it is used', async (args) => {
    const outcome = await run('migrate', args, {});
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Usage: npm run migrate -- \[up \| status/),
    });
  });
});
