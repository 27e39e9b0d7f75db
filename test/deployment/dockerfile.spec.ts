import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { localhost } from '../../libs/core/src/observability/audit/delivery/testing/localhost-certificate.js';
import { START_ENV, START_FLAGS } from '../start-command.js';
import { complaint, defaultOf, pinned, read, version } from './known.js';

const text = read('docker/Dockerfile').replaceAll(/\\\n\s*/g, '');
const lines = text.split('\n').filter((line) => /^[A-Z]+ /.test(line));
const wordsOf = (instruction: string) =>
  lines.flatMap((line) => (line.startsWith(`${instruction} `) ? [line.slice(instruction.length + 1)] : []));
const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

describe.each(['docker/Dockerfile', 'docker/tools/Dockerfile'])('%s', (path) => {
  it('is one that an engine takes without a warning', () => {
    expect(validate(read(path))).toEqual([]);
  });
});

const tlsServer = (listener: RequestListener) => createTlsServer(localhost, listener);

describe('docker/healthcheck.mjs', () => {
  it.each([
    ['PORT', createServer, (port: string) => ({ PORT: port, MCP_PORT: '' })],
    ['MCP_PORT where PORT is empty', createServer, (port: string) => ({ PORT: '', MCP_PORT: port })],
    ['PORT over TLS', tlsServer, (port: string) => ({ PORT: port })],
  ])('asks at %s whether the gateway is ready', async (_what, makeServer, envOf) => {
    let status = 200;
    const server = makeServer((request, response) => {
      response.writeHead(request.url === '/ready' ? status : 404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const env = envOf(String((server.address() as AddressInfo).port));
    const codeOf = async () => {
      const [code] = (await once(spawn(process.execPath, ['docker/healthcheck.mjs'], { env }), 'exit')) as [number];
      return code;
    };
    expect(await codeOf()).toBe(0);
    status = 503;
    expect(await codeOf()).toBe(1);
    server.close();
  });
});

describe('the image', () => {
  it('is made from images whose versions are named, the same node in both bases', () => {
    const bases = [...read('docker/tools/Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    const images = wordsOf('FROM').map((words) => words.split(' ')[0]!);
    expect(images).toEqual([...bases, '${BASE}']);
    const [, base] = /^ARG BASE=(\S+)$/m.exec(text)!;
    for (const image of [...bases, base]) expect(image).toMatch(pinned);
  });

  it('copies what is there, and what .dockerignore lets through', () => {
    const allowed = [...read('.dockerignore').matchAll(/^!(\S+)$/gm)].map(([, path]) => path!);
    const copied = wordsOf('COPY')
      .filter((words) => !words.startsWith('--from'))
      .flatMap((words) => words.split(' ').slice(0, -1))
      .filter((path) => path !== '.');
    expect(copied).toContain('docker/healthcheck.mjs');
    const imports = read('scripts/bundle.mjs').matchAll(/^import .* from '\.\/(.+)'/gm);
    const imported = [...imports].map(([, name]) => `scripts/${name}`);
    expect(imported.filter((path) => !allowed.includes(path))).toEqual([]);
    expect([...allowed, ...copied].filter((path) => !existsSync(path))).toEqual([]);
    expect(copied.filter((path) => !allowed.includes(path))).toEqual([]);
  });

  it('leaves out of packages only what they have', () => {
    const [, paths = ''] = /rm -rf (@[^&]+) &&/.exec(text)!;
    const left = paths.trim().split(' ');
    expect(left.length).toBeGreaterThan(5);
    expect(left.filter((path) => !existsSync(`node_modules/${path}`))).toEqual([]);
  });

  it('sets only what `npm start` sets, and what the gateway reads', () => {
    const set = wordsOf('ENV').flatMap((words) => [...words.matchAll(/(\w+)=(\S+)/g)]);
    const ofStart = Object.entries(START_ENV);
    const own = set.slice(1 + ofStart.length);
    expect(set.slice(0, -own.length).map(([, ...one]) => one)).toEqual([['NODE_ENV', 'production'], ...ofStart]);
    expect(own.map(([, name]) => name)).toEqual(['HOST', 'DATA_DIR', 'MCP_WORKING_DIR']);
    expect(own.flatMap(([, name = '', value]) => complaint(name, value) ?? [])).toEqual([]);
  });

  it('runs as nobody that is anybody, hears SIGTERM itself, and has the ports and the version of the gateway', () => {
    expect(last).toEqual(
      expect.arrayContaining([
        'USER 1001:1001',
        'VOLUME /data',
        `EXPOSE ${defaultOf('PORT')} ${defaultOf('METRICS_PORT')}`,
        'STOPSIGNAL SIGTERM',
        `ENTRYPOINT ${JSON.stringify(['node', ...START_FLAGS]).replaceAll(',', ', ')}`,
        'CMD ["dist/apps/gateway/src/main.js"]',
        `ARG VERSION=${version}`,
      ]),
    );
    expect(last.find((line) => line.startsWith('HEALTHCHECK'))).toContain('CMD ["node", "docker/healthcheck.mjs"]');
  });
});
