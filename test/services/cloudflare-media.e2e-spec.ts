import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCloudflare, type CloudflareServer, type Fault } from '../contract/cloudflare/server.js';
import { newVideo, VIDEOS, ZONES } from '../contract/cloudflare/state.js';
import { ACCOUNT_TOKEN } from '../contract/cloudflare/tokens.js';
import { EventReader } from '../event-reader.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { eventually } from '../replicas.js';
import * as calls from './calls.js';
import { admin, dataOf, errorOf } from './calls.js';

const MIB = 1024 * 1024;

let cloudflare: CloudflareServer;
let gateway: TestGateway;

beforeAll(async () => {
  cloudflare = await startCloudflare();
  gateway = await startGateway({ env: cloudflare.env });
  mkdirSync(join(gateway.directory, 'workspace', 'videos'), { recursive: true });
  file('videos/lesson1.mp4', 3 * MIB);
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
const breaksOff: Fault = (request) => void request.once('data', () => request.socket.destroy());

/** Makes a file in the workspace that takes no room on the disk. */
function file(path: string, bytes: number): void {
  const descriptor = openSync(join(gateway.directory, 'workspace', path), 'w');
  ftruncateSync(descriptor, bytes);
  closeSync(descriptor);
}

const kept = (data: Record<string, unknown>) => cloudflare.state.videos.get(data.uid as string)!;
const methods = () => cloudflare.asked.map((line) => line.replace(/[0-9a-f]{32}/g, '…').replace('/accounts/…', ''));

describe('an upload', () => {
  it('of a file goes as a form, and is named after it', async () => {
    const data = dataOf(await slash('/mcp-cloudflare stream upload /videos/lesson1.mp4'));
    expect(data).toMatchObject({ name: 'lesson1.mp4', state: 'queued', bytes: 3 * MIB, requireSignedUrls: false });
    expect(kept(data).received).toBe(3 * MIB);
    expect(methods()).toEqual(['POST /stream', 'GET /stream/…', 'POST /stream/…']);
  });

  it('keeps what is said about it', async () => {
    const input = { path: 'videos/lesson1.mp4', name: 'Lesson "1"', meta: { course: 7 }, creator: 'anna', raw: true };
    const data = dataOf(await call('stream-upload', input));
    expect(data).toMatchObject({
      name: 'Lesson "1"',
      meta: { course: 7, name: 'Lesson "1"' },
      creator: 'anna',
      raw: { uid: data.uid, creator: 'anna' },
    });
  });

  it('that needs signed URLs needs them from the first moment, and goes by tus for it', async () => {
    const data = dataOf(await call('stream-upload', { path: 'videos/lesson1.mp4', requireSigned: true }));
    expect(data).toMatchObject({ name: 'lesson1.mp4', requireSignedUrls: true, bytes: 3 * MIB });
    expect(methods()).toEqual(['POST /stream', 'PATCH /media/…', 'GET /stream/…', 'POST /stream/…']);
  });

  it('of more than 200 MB goes by tus in parts, goes on after broken connections, and tells how far it is', async () => {
    const bytes = 201_000_000;
    file('videos/long.mp4', bytes);
    cloudflare.fail(breaksOff, 2, /^PATCH/);
    cloudflare.fail((_request, response) => void response.writeHead(503).end(), 1, /^HEAD/);
    const { events, result } = await callWithProgress('cloudflare_stream_upload', { path: 'videos/long.mp4' });
    expect(events.at(-1)).toMatchObject({ progress: bytes, total: bytes, message: '100 % uploaded' });
    expect(events.map(({ progress }) => progress)).toEqual(
      [...events.map(({ progress }) => progress)].sort((a, b) => a - b),
    );
    const { structuredContent } = result as { structuredContent: Record<string, unknown> };
    expect(structuredContent).toMatchObject({ name: 'long.mp4', bytes });
    expect(kept(structuredContent).received).toBe(bytes);
    expect(methods().filter((line) => line.startsWith('HEAD'))).toHaveLength(3);
  });

  it('in the background goes on after a restart of the gateway, where it was, also where Cloudflare is away at first', async () => {
    file('videos/patient.mp4', 3 * MIB);
    // a part that arrives and is never answered
    cloudflare.fail((request) => void request.resume(), 1, /^PATCH/);
    const input = { name: 'cloudflare_stream_upload', arguments: { path: 'videos/patient.mp4' } };
    const { ticket } = dataOf(await calls.call(gateway, 'gateway.start_call', input));
    await eventually(methods, (lines) => lines.some((line) => line.startsWith('PATCH')));
    cloudflare.fail((_request, response) => void response.writeHead(503).end(), 2, /^HEAD/);
    await gateway.restart();
    const report = dataOf(await calls.call(gateway, 'gateway.call_outcome', { ticket })) as { result: any };
    expect(report).toMatchObject({ state: 'done', result: { name: 'patient.mp4', bytes: 3 * MIB } });
    expect(kept(report.result).received).toBe(3 * MIB);
    const heads = Array.from({ length: 3 }, () => 'HEAD /media/…');
    const parts = ['POST /stream', 'PATCH /media/…', ...heads, 'PATCH /media/…'];
    expect(methods()).toEqual([...parts, 'GET /stream/…', 'POST /stream/…']);
  });

  it('is given up where it does not go on, instead of being sent for ever', async () => {
    file('videos/unlucky.mp4', MIB);
    cloudflare.fail((_request, response) => void response.writeHead(204, { 'upload-offset': '0' }).end(), 6, /^PATCH/);
    const answer = await call('stream-upload', { path: 'videos/unlucky.mp4', requireSigned: true });
    expect(errorOf(answer)).toMatchObject({
      kind: 'unavailable',
      message:
        'Cloudflare answered with an upload that does not go on; whether the change was made is not known, so look before you repeat it',
      details: { retryable: false },
    });
    expect(methods().filter((line) => line.startsWith('PATCH'))).toHaveLength(6);
  });

  it('is given up where its parts are refused', async () => {
    file('videos/unlucky.mp4', MIB);
    cloudflare.fail((_request, response) => void response.writeHead(404).end(), 1, /^PATCH/);
    const answer = await call('stream-upload', { path: 'videos/unlucky.mp4', requireSigned: true });
    expect(errorOf(answer)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('no such thing') as string,
    });
  });

  it('whose settings could not be set says where it is', async () => {
    cloudflare.fail((_request, response) => void response.writeHead(500).end('{}'), 1, /^POST .*stream\/[0-9a-f]{32}/);
    const error = errorOf(await call('stream-upload', { path: 'videos/lesson1.mp4' }));
    expect(error).toMatchObject({
      kind: 'failed',
      details: { retryable: false },
      message: expect.stringMatching(
        /^The video was uploaded as [0-9a-f]{32}, but its name and settings were not set: /,
      ) as string,
    });
    expect(cloudflare.state.videos.get(String(error.details?.uid))?.received).toBe(3 * MIB);
  });

  it('from a URL is fetched by Cloudflare', async () => {
    const url = 'https://files.example/lessons/two.mp4?x=1';
    const data = dataOf(await call('stream-upload', { url, requireSigned: true, creator: 'anna' }));
    expect(data).toMatchObject({ name: 'two.mp4', state: 'downloading', requireSignedUrls: true, creator: 'anna' });
    expect(methods()).toEqual(['POST /stream/copy']);
  });

  it('may be left to someone else', async () => {
    const data = dataOf(
      await call('stream-upload-url', { maxDurationSeconds: 600, name: 'Guest', requireSigned: true }),
    );
    expect(data).toEqual({
      uid: expect.any(String) as string,
      uploadUrl: `https://upload.videodelivery.net/${String(data.uid)}`,
    });
    expect(kept(data).video).toMatchObject({
      maxDurationSeconds: 600,
      meta: { name: 'Guest' },
      requireSignedURLs: true,
    });
  });

  it.each([
    ['neither a path nor a url', {}, 'invalid', 'Name either a path in the workspace or a url; got neither'],
    ['both', { path: 'videos/lesson1.mp4', url: 'https://a.example/b.mp4' }, 'invalid', 'got both'],
    ['a path that leads out', { path: '../secret.mp4' }, 'invalid', 'expected a path inside the workspace'],
    ['a file of the machine', { path: '/etc/hostname' }, 'failed', '"etc/hostname" is not in the workspace'],
    ['a link that leads out', { path: 'link.mp4' }, 'failed', 'is a symbolic link'],
    ['a directory', { path: 'videos' }, 'failed', 'is a directory'],
    ['an empty file', { path: 'empty.mp4' }, 'invalid', 'expected a video, got an empty file'],
    ['a URL that is none of the web', { url: 'file:///etc/passwd' }, 'invalid', 'url'],
  ])('of %s is refused, and nothing is sent', async (_what, input, kind, message) => {
    file('empty.mp4', 0);
    symlinkSync('/etc/hostname', join(gateway.directory, 'workspace', 'link.mp4'));
    const answer = await call('stream-upload', input);
    rmSync(join(gateway.directory, 'workspace', 'link.mp4'));
    expect(errorOf(answer)).toMatchObject({ kind, message: expect.stringContaining(message) as string });
    expect(cloudflare.asked).toEqual([]);
  });
});

describe('a video', () => {
  it('is listed, the newest first, page after page', async () => {
    const videos: unknown[] = [];
    let cursor: unknown;
    do {
      const page = dataOf(await call('stream-list', { limit: 3, ...(cursor ? { cursor } : {}) }));
      videos.push(...(page.videos as { uid: string }[]).map(({ uid }) => uid));
      cursor = page.nextCursor;
    } while (cursor !== null);
    const all = [...cloudflare.state.videos.values()].map(({ video }) => video);
    const newestFirst = all.sort((a, b) => Date.parse(b.created) - Date.parse(a.created)).map(({ uid }) => uid);
    expect(videos).toEqual(newestFirst);
  });

  it('is listed once also where several were made in one instant', async () => {
    const { videos } = cloudflare.state;
    const before = new Set(videos.keys());
    const times = ['03:00:01.5Z', ...Array<string>(4).fill('03:00:01Z'), '03:00:00Z', '03:00:00Z', '02:00:00Z'];
    times.forEach((time, at) => {
      const uid = `${at}`.repeat(32);
      const made = newVideo(uid, `2031-01-01T${time}`, {});
      made.video.creator = 'ties';
      videos.set(uid, made);
    });
    const pages: number[] = [];
    const seen: string[] = [];
    for (let cursor: unknown = undefined; cursor !== null;) {
      const page = dataOf(await call('stream-list', { limit: 3, creator: 'ties', ...(cursor ? { cursor } : {}) }));
      const uids = (page.videos as { uid: string }[]).map(({ uid }) => uid);
      pages.push(uids.length);
      seen.push(...uids);
      cursor = page.nextCursor;
    }
    for (const uid of [...videos.keys()]) if (!before.has(uid)) videos.delete(uid);
    expect(seen).toEqual(times.map((_time, at) => `${at}`.repeat(32)));
    expect(pages).toEqual([1, 4, 3]);
  });

  it('is found by its state and name', async () => {
    expect(dataOf(await call('stream-list', { status: 'ready', search: 'Lesson' })).videos).toEqual([
      {
        uid: VIDEOS.lesson,
        name: 'Lesson 1',
        state: 'ready',
        percent: 100,
        seconds: 312.5,
        bytes: 48_000_000,
        requireSignedUrls: false,
        createdAt: '2026-02-01T10:00:00Z',
      },
    ]);
  });

  it('keeps what is not changed', async () => {
    const uid = VIDEOS.draft;
    await call('stream-edit', { uid, meta: { course: 7, level: 'a' } });
    const changed = dataOf(
      await call('stream-edit', { uid, name: 'Draft 2', meta: { level: null }, allowedOrigins: ['*.ozean-licht.dev'] }),
    );
    expect(changed).toMatchObject({ meta: { name: 'Draft 2', course: 7 }, allowedOrigins: ['*.ozean-licht.dev'] });
    await call('stream-edit', { uid, deletionAt: '2027-01-01T00:00:00Z' });
    expect(dataOf(await call('stream-get', { uid }))).toMatchObject({
      deletionAt: '2027-01-01T00:00:00Z',
      name: 'Draft 2',
    });
    expect(dataOf(await call('stream-edit', { uid, deletionAt: null }))).toMatchObject({ deletionAt: null });
    expect(errorOf(await call('stream-edit', { uid }))).toMatchObject({ kind: 'invalid' });
  });

  it('can be watched with a token for a while', async () => {
    const before = Date.now();
    const data = dataOf(await call('stream-token', { uid: VIDEOS.lesson, expiresInSeconds: 600 }));
    const at = Date.parse(data.expiresAt as string);
    expect(data.token).toMatch(/^eyJ/);
    expect([at >= before + 598_000, at <= Date.now() + 601_000]).toEqual([true, true]);
  });

  it('can be downloaded once that was asked for, and no longer when it was taken back', async () => {
    const uid = VIDEOS.lesson;
    const audio = { type: 'audio', state: 'inprogress', percent: 0, url: expect.stringContaining('audio') as string };
    const steps = [];
    for (const action of ['show', 'create', 'delete']) {
      steps.push(dataOf(await call('stream-downloads', { uid, action, type: 'audio' })));
    }
    expect(steps).toEqual([
      { uid, downloads: [] },
      { uid, downloads: [audio] },
      { uid, downloads: [] },
    ]);
    expect(errorOf(await call('stream-downloads', { uid: VIDEOS.draft, action: 'create' }))).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('conflicts') as string,
    });
  });

  it('has captions, which are generated, uploaded, read and deleted', async () => {
    const uid = VIDEOS.lesson;
    const vtt = 'WEBVTT\n\n00:00.000 --> 00:01.000\nGrüß Gott\n';
    await call('stream-captions', { uid, action: 'generate', language: 'en' });
    await call('stream-captions', { uid, action: 'upload', language: 'fr', vtt });
    const read = dataOf(await call('stream-captions', { uid, action: 'read', language: 'fr' }));
    expect(read).toEqual({
      uid,
      vtt,
      captions: [
        { language: 'de', label: 'Deutsch', generated: false, state: 'ready' },
        { language: 'en', label: 'English', generated: true, state: 'inprogress' },
        { language: 'fr', label: 'French', generated: false, state: 'ready' },
      ],
    });
    await call('stream-captions', { uid, action: 'delete', language: 'en' });
    const left = dataOf(await call('stream-captions', { uid, action: 'delete', language: 'fr' }));
    expect((left.captions as { language: string }[]).map(({ language }) => language)).toEqual(['de']);
    expect(errorOf(await call('stream-captions', { uid, action: 'read' }))).toMatchObject({
      kind: 'invalid',
      message: 'language: expected the language to read, got nothing',
    });
    expect(errorOf(await call('stream-captions', { uid, action: 'upload', language: 'fr' }))).toMatchObject({
      kind: 'invalid',
      details: { issues: [{ path: 'vtt' }] },
    });
  });

  it('is gone when it was deleted', async () => {
    const { uid } = dataOf(await call('stream-upload-url', { maxDurationSeconds: 5 }));
    expect(dataOf(await call('stream-delete', { uid }))).toEqual({ uid });
    expect(errorOf(await call('stream-get', { uid }))).toMatchObject({ kind: 'failed', details: { status: 404 } });
  });

  it('is out of reach where no account is named', async () => {
    const { CLOUDFLARE_ACCOUNT_ID: _, ...env } = cloudflare.env;
    const bare = await startGateway({ env });
    const answers = [
      await bare.post('/api/services/cloudflare/stream-list', {}, admin),
      await bare.post('/api/services/cloudflare/zones-list', {}, admin),
    ];
    await bare.close();
    expect(errorOf(answers[0]!)).toMatchObject({
      status: 503,
      kind: 'not-configured',
      details: { missing: ['CLOUDFLARE_ACCOUNT_ID'] },
    });
    expect(answers[1]?.status).toBe(200);
  });
});

describe('the cache', () => {
  const zone = 'ozean-licht.dev';

  it('is purged of one kind of thing, or of everything', async () => {
    const files = [`https://${zone}/a.css`];
    await slash(`/mcp-cloudflare cache purge ${zone} ${files[0]}`);
    await call('cache-purge', { zone, tags: ['news'] });
    await slash(`/mcp-cloudflare cache purge-everything ${zone}`);
    expect(cloudflare.state.purges).toEqual([
      { zone, what: { files } },
      { zone, what: { tags: ['news'] } },
      { zone, what: { purge_everything: true } },
    ]);
  });

  it.each([
    [{ hosts: ['a'], tags: ['b'] }, 'got tags and hosts'],
    [{}, 'got none of them'],
  ])('is not purged by %j', async (input, got) => {
    expect(errorOf(await call('cache-purge', { zone, ...input }))).toMatchObject({
      kind: 'invalid',
      message: `Name either files, tags, hosts or prefixes; ${got}`,
    });
    expect(cloudflare.asked).toEqual([]);
  });
});

describe('analytics', () => {
  const zone = 'ozean-licht.dev';

  it('tell the traffic hour by hour, summed up', async () => {
    const range = { since: '2026-03-01T10:00:00Z', until: '2026-03-01T12:00:00+00:00' };
    const data = dataOf(await call('analytics', { zone, ...range }));
    const point = { requests: 100, cachedRequests: 60, bytes: 5_000, cachedBytes: 3_000, pageViews: 40, threats: 1 };
    expect(data).toEqual({
      zoneId: ZONES[zone],
      granularity: 'hour',
      since: '2026-03-01T10:00:00Z',
      until: '2026-03-01T12:00:00Z',
      totals: { requests: 200, cachedRequests: 120, bytes: 10_000, cachedBytes: 6_000, pageViews: 80, threats: 2 },
      points: [
        { time: '2026-03-01T10:00:00Z', ...point, uniqueVisitors: 7 },
        { time: '2026-03-01T11:00:00Z', ...point, uniqueVisitors: 7 },
      ],
    });
  });

  it('look back a day by hours and 30 days by days', async () => {
    const points = async (granularity: string) =>
      (dataOf(await call('analytics', { zone, granularity })).points as unknown[]).length;
    // the day that has begun is one of them
    expect([await points('hour'), await points('day')]).toEqual([24, 31]);
  });

  it.each([
    ['2026-03-01T08:00:00Z', '2026-03-01T20:00:00Z', ['2026-03-01']],
    ['2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z', ['2026-03-01']],
    ['2026-03-01T00:00:00Z', '2026-03-03T00:00:01Z', ['2026-03-01', '2026-03-02', '2026-03-03']],
  ])('tell from %s to %s every day that has a part in it', async (since, until, days) => {
    const { points } = dataOf(await call('analytics', { zone, granularity: 'day', since, until }));
    expect((points as { time: string }[]).map(({ time }) => time)).toEqual(days);
  });

  it.each(['hour', 'day'])(
    'refuse a span of which Cloudflare would answer a part, with points of one %s',
    async (granularity) => {
      const step = granularity === 'hour' ? 3_600_000 : 86_400_000;
      const until = '2026-03-01T12:00:00Z';
      const asked = (steps: number) => {
        const since = new Date(Date.parse(until) - steps * step).toISOString();
        return call('analytics', { zone, granularity, since, until });
      };
      const points = granularity === 'hour' ? 999 : 1_000;
      expect(dataOf(await asked(999)).totals).toMatchObject({ requests: 100 * points });
      expect(errorOf(await asked(1_000))).toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining(`since: expected at most 999 ${granularity}s before until`) as string,
      });
    },
  );

  it('need a beginning before the end', async () => {
    const range = { since: '2026-03-02T00:00:00Z', until: '2026-03-01T00:00:00Z' };
    expect(errorOf(await call('analytics', { zone, ...range }))).toMatchObject({
      kind: 'invalid',
      details: { issues: [{ path: 'since' }] },
    });
  });

  it('can be asked for in GraphQL', async () => {
    const filter = '{ date_geq: "2026-03-01", date_lt: "2026-03-02" }';
    const query = `{ viewer { zones(filter: { zoneTag: "${ZONES[zone]}" }) { httpRequests1dGroups(limit: 1, filter: ${filter}) { sum { requests } } } } }`;
    expect(dataOf(await call('graphql', { query })).data).toMatchObject({
      viewer: { zones: [{ httpRequests1dGroups: [{ sum: { requests: 100 } }] }] },
    });
  });

  it.each<[string, object, object]>([
    [
      'what Cloudflare does not know',
      { query: '{ viewer { cats } }' },
      { kind: 'failed', message: 'Cloudflare could not answer the query: unknown field "cats"' },
    ],
    [
      'what the token may not see',
      { query: '{ viewer { zones(filter: { zoneTag: "x" }) { a } } }' },
      {
        kind: 'failed',
        details: { tokenPermission: 'Analytics · Read of the zone or account that the query is about' },
      },
    ],
    [
      'a change',
      { query: 'mutation { deleteAll }' },
      { kind: 'invalid', message: 'query: expected a query, which only reads, got a mutation' },
    ],
  ])('refuse %s', async (_what, input, expected) => {
    expect(errorOf(await call('graphql', input))).toMatchObject(expected);
  });

  it.each<[string, Fault, object]>([
    [
      'a budget that is used up',
      (_request, response) =>
        void response.end(
          '{"data":null,"errors":[{"message":"rate limiter budget depleted, please try again after 5 minutes"}]}',
        ),
      { status: 429, kind: 'limited', details: { retryAfterMs: 300_000 } },
    ],
    [
      'words that are not its own',
      (_request, response) => void response.end('<html>'),
      { status: 502, kind: 'unavailable' },
    ],
    [
      'a refusal of the whole request',
      (_request, response) =>
        void response
          .writeHead(401)
          .end('{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}'),
      { kind: 'failed', details: { status: 401 } },
    ],
  ])('pass on %s', async (_what, fault, expected) => {
    cloudflare.fail(fault);
    expect(errorOf(await call('graphql', { query: '{ viewer { zones } }' }))).toMatchObject(expected);
  });
});

it('the token is verified', async () => {
  expect(dataOf(await call('verify-token'))).toEqual({
    id: 'ed17574386854bf78a67040be0a770b0',
    status: 'active',
    expiresAt: '2030-01-01T00:00:00Z',
    notBefore: null,
  });
});

it('a token of the account is verified there', async () => {
  const owned = await startGateway({ env: { ...cloudflare.env, CLOUDFLARE_API_TOKEN: ACCOUNT_TOKEN } });
  const answer = await calls.call(owned, 'cloudflare.verify-token');
  await owned.close();
  expect(dataOf(answer)).toMatchObject({ id: '0'.repeat(32), status: 'active' });
  expect(methods()).toEqual(['GET /user/tokens/verify', 'GET /tokens/verify']);
});

/** A call over MCP whose progress is told: each report, and the result. */
async function callWithProgress(name: string, input: object) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    progressToken: 'p',
  };
  const headers = { ...admin, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name };
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: input, _meta } };
  const accept = 'application/json, text/event-stream';
  const messages = (await (await EventReader.open(gateway.url, 'POST', { ...headers, accept }, body)).rest()).flatMap(
    ({ message }) => message ?? [],
  );
  const reports = messages.filter(({ method }) => method === 'notifications/progress');
  return {
    events: reports.map(({ params }) => params as { progress: number; total: number; message: string }),
    result: messages.find(({ result }) => result)?.result,
  };
}
