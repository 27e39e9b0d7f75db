import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DockerEngine } from './contract/docker/docker-engine.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
let engine: DockerEngine;
let gateway: TestGateway;

beforeAll(async () => {
  engine = await new DockerEngine().start();
  engine.run('site', {
    env: ['PATH=/usr/bin', 'DB_PASSWORD=hunter22', 'DATABASE_URL=postgres://me:hunter22@db/x', 'EMPTY'],
    labels: { 'com.docker.compose.project': 'shop', 'deploy.token': 'hunter22' },
    log: [
      { stream: 'stdout', time: 1_000, text: 'one' },
      { stream: 'stderr', time: 2_000, text: 'two ü' },
      { stream: 'stdout', time: 3_000, text: 'three' },
    ],
  });
  engine.run('job', { running: false, exitCode: 137 });
  engine.run('shell', { tty: true, log: [{ stream: 'stdout', time: 1, text: 'typed\r' }] });
  engine.images.push(
    { id: 'ab'.repeat(32), tags: ['nginx:1.29'], size: 1_000, created: 1_700_000_000 },
    { id: 'cd'.repeat(32), tags: ['postgres:18'], size: 2_000, created: 1_800_000_000 },
  );
  gateway = await startGateway({ env: { DOCKER_HOST: engine.host } });
});
afterAll(async () => {
  await gateway.close();
  await engine.close();
});
beforeEach(() => {
  engine.requests.length = 0;
});
afterEach(() => {
  expect(engine.violations.splice(0)).toEqual([]);
});

const call = async (operation: string, input: object = {}) =>
  (await gateway.post(`/api/services/docker/docker_${operation}`, input, admin)).body as any;
const data = async (operation: string, input: object = {}) => (await call(operation, input)).data;
const names = async (input: object) => (await data('ps', input)).containers.map(({ name }: { name: string }) => name);

describe('containers', () => {
  it('are listed as they are', async () => {
    expect(await data('ps', { name: 'site' })).toEqual({
      containers: [
        {
          id: '010101010101',
          name: 'site',
          image: 'nginx:1.29',
          state: 'running',
          status: 'Up 2 hours',
          ports: ['127.0.0.1:8080->80/tcp', '443/tcp'],
          created: '2026-01-01T00:01:00.000Z',
        },
      ],
      more: false,
    });
  });

  it.each([
    [{}, ['shell', 'site']],
    [{ all: true }, ['shell', 'job', 'site']],
    [{ status: 'exited' }, ['job']],
    [{ label: 'com.docker.compose.project=shop' }, ['site']],
    [{ label: 'com.docker.compose.project=other' }, []],
    [{ all: true, limit: 1 }, ['shell']],
  ])('are found by %j', async (input, expected) => {
    expect(await names(input)).toEqual(expected);
  });

  it('are more than were asked for', async () => {
    expect((await data('ps', { limit: 1 })).more).toBe(true);
  });

  it('are told without their secrets, and without paths of the host', async () => {
    const { environment, labels, ...rest } = await data('inspect', { container: 'site' });
    expect(environment).toEqual({
      PATH: '/usr/bin',
      DB_PASSWORD: '***',
      DATABASE_URL: 'postgres://me:***@db/x',
      EMPTY: '',
    });
    expect(labels).toEqual({ 'com.docker.compose.project': 'shop', 'deploy.token': '***' });
    expect(rest).toEqual({
      id: '010101010101',
      name: 'site',
      image: 'nginx:1.29',
      created: '2026-01-01T00:01:00.000Z',
      state: {
        status: 'running',
        exitCode: 0,
        outOfMemory: false,
        startedAt: '2026-01-01T00:00:00Z',
        finishedAt: null,
        restarts: 2,
        health: 'healthy',
        lastHealthCheck: 'fine',
      },
      command: ['nginx', '-g', 'daemon off;'],
      user: '',
      workingDirectory: '/srv',
      mounts: [
        { type: 'volume', volume: 'data', destination: '/data', readOnly: false },
        { type: 'bind', destination: '/site', readOnly: true },
      ],
      ports: ['127.0.0.1:8080->80/tcp', '443/tcp'],
      networks: [{ name: 'site', address: '172.18.0.2' }],
      restartPolicy: 'always',
      memoryLimitBytes: 536_870_912,
      cpuLimit: 1.5,
    });
  });

  it('use so much', async () => {
    expect(await data('stats', { container: 'site' })).toEqual({
      container: 'site',
      time: '2026-01-01T10:00:00Z',
      cpuPercent: 80,
      cpus: 4,
      memoryBytes: 100_000_000,
      memoryLimitBytes: 500_000_000,
      memoryPercent: 20,
      networkReceivedBytes: 11,
      networkSentBytes: 22,
      diskReadBytes: 4_096,
      diskWrittenBytes: 8_192,
      processes: 5,
    });
  });

  it('that do not run use nothing that could be told', async () => {
    expect((await call('stats', { container: 'job' })).error).toMatchObject({
      kind: 'failed',
      message: 'This container does not run; docker_ps shows those that do',
    });
  });

  it.each(['logs', 'inspect', 'stats'])('that are not there: %s', async (operation) => {
    expect((await call(operation, { container: 'nobody' })).error).toMatchObject({
      kind: 'failed',
      message: 'The Docker engine refused: No such container: nobody',
    });
  });

  it.each(['../info', 'a/b', 'a?b', '.', ''])('are no way to another path: %j', async (container) => {
    expect((await call('inspect', { container })).error.kind).toBe('invalid');
    expect(engine.requests).toEqual([]);
  });
});

describe('the log of a container', () => {
  it.each([
    [{}, 'one\ntwo ü\nthree'],
    [{ tail: 2 }, 'two ü\nthree'],
    [{ stream: 'stderr' }, 'two ü'],
    [{ since: '1970-01-01T00:30:00Z', until: '1970-01-01T00:40:00Z' }, 'two ü'],
    [{ since: '5m' }, ''],
    [{ tail: 1, timestamps: true }, '1970-01-01T00:50:00.000Z three'],
  ])('is read with %j', async (input, log) => {
    const lines = log === '' ? 0 : log.split('\n').length;
    expect(await data('logs', { container: 'site', ...input })).toEqual({ container: 'site', lines, log });
  });

  it('comes without frames from a terminal', async () => {
    expect((await data('logs', { container: 'shell' })).log).toBe('typed');
  });

  it('is not read for a time that is none', async () => {
    expect((await call('logs', { container: 'site', since: 'yesterday' })).error.details.issues[0].path).toBe('since');
    expect((await call('logs', { container: 'site', since: '2026-99-99' })).error.details.issues[0].path).toBe('since');
  });
});

describe('the engine', () => {
  it('tells its images, the newest first', async () => {
    expect(await data('images')).toEqual({
      images: [
        { id: 'cdcdcdcdcdcd', tags: ['postgres:18'], sizeBytes: 2_000, created: '2027-01-15T08:00:00.000Z' },
        { id: 'abababababab', tags: ['nginx:1.29'], sizeBytes: 1_000, created: '2023-11-14T22:13:20.000Z' },
      ],
      more: false,
    });
    expect((await data('images', { reference: 'nginx', limit: 1 })).images).toHaveLength(1);
  });

  it('tells of itself', async () => {
    expect(await data('info')).toEqual({
      version: '28.3.0',
      operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
      architecture: 'x86_64',
      cpus: 4,
      memoryBytes: 8_000_000_000,
      containers: { total: 3, running: 2, paused: 0, stopped: 1 },
      images: 2,
      storageDriver: 'overlay2',
      warnings: [],
    });
  });

  it('is asked in a version that it knows, also when it becomes an older one', async () => {
    await data('info');
    expect(engine.requests).toEqual(['GET /v1.47/info']);
    await engine.stop();
    expect((await call('info')).error).toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/^No Docker engine at the configured socket: /),
      details: { retryable: true },
    });
    const { services } = (await gateway.get('/mcp/catalog', admin)).body as any;
    expect(services.find(({ name }: any) => name === 'docker')).toMatchObject({ status: 'unavailable' });

    engine.version = '1.40';
    await engine.start();
    engine.requests.length = 0;
    expect(await names({})).toEqual(['shell', 'site']);
    expect(engine.requests).toEqual(['GET /version', expect.stringMatching(/^GET \/v1\.40\/containers\/json/)]);
    engine.version = '1.51';
  });

  it('is only read', async () => {
    for (const operation of ['ps', 'images', 'info']) await call(operation);
    for (const operation of ['logs', 'inspect', 'stats']) await call(operation, { container: 'site' });
    expect(engine.requests.filter((line) => !line.startsWith('GET '))).toEqual([]);
  });
});

describe('without an engine', () => {
  it.each([
    [
      'unix:///nowhere/docker.sock',
      'No Docker engine at the configured socket: there is no such socket; start Docker, or set DOCKER_HOST',
    ],
    [
      'tcp://127.0.0.1:1',
      'No Docker engine at the configured address: nothing answers; start Docker, or set DOCKER_HOST',
    ],
    ['ssh://me@host', 'No Docker engine at the configured address: DOCKER_HOST must be unix://, tcp:// or http://'],
  ])('the gateway starts and says so: %s', async (host, message) => {
    const alone = await startGateway({ env: { DOCKER_HOST: host } });
    try {
      const answer = await alone.post('/api/services/docker/docker_ps', {}, admin);
      expect(answer).toMatchObject({ status: 502, body: { error: { kind: 'unavailable', message } } });
      expect(answer.text).not.toContain('nowhere');
      await vi.waitFor(async () => {
        const { details } = (await alone.get('/ready', admin)).body as any;
        expect(details.docker).toEqual({ status: 'up', state: 'unavailable', reason: message });
      }, 10_000);
    } finally {
      await alone.close();
    }
  });

  // of this machine none is asked
  it.skipIf(existsSync('/var/run/docker.sock'))('that anybody named, a call says what is missing', async () => {
    const alone = await startGateway();
    try {
      expect(await alone.post('/api/services/docker/docker_ps', {}, admin)).toMatchObject({
        status: 503,
        body: { error: { kind: 'not-configured', details: { missing: ['DOCKER_HOST'] } } },
      });
      const { body } = await alone.get('/mcp/service/docker', admin);
      expect(body).toMatchObject({ status: 'not configured', missing: ['DOCKER_HOST'] });
    } finally {
      await alone.close();
    }
  });
});
