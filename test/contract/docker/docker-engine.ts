import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problemOfAnswer, problemOfQuery } from './described.js';

/** A container of the contract server, in the words of the Engine API's description. */
export interface Container {
  id: string;
  name: string;
  image: string;
  running: boolean;
  exitCode: number;
  created: number;
  tty: boolean;
  env: string[];
  labels: Record<string, string>;
  log: { stream: 'stdout' | 'stderr'; time: number; text: string }[];
}

interface Refusal {
  status: number;
  message: string;
}

const NEWEST = '1.51';
const OLDEST = '1.24';
const CREATED = Date.UTC(2026, 0, 1) / 1_000;

/**
 * A Docker engine that answers after the published Engine API, for reading, on a Unix socket. What is asked or answered
 * against its description is noted in `violations`.
 */
export class DockerEngine {
  readonly containers: Container[] = [];
  readonly images: { id: string; tags: string[]; size: number; created: number }[] = [];
  /** `GET /v1.47/info` */
  readonly requests: string[] = [];
  readonly violations: string[] = [];
  version = NEWEST;
  private readonly directory = mkdtempSync(join(tmpdir(), 'docker-'));
  private readonly server = createServer((request, response) => this.answer(request, response));

  get host(): string {
    return `unix://${join(this.directory, 'docker.sock')}`;
  }

  async start(): Promise<this> {
    this.server.listen(join(this.directory, 'docker.sock'));
    await once(this.server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    if (this.server.listening) await once(this.server, 'close');
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  run(name: string, more: Partial<Container> = {}): Container {
    const number = this.containers.length + 1;
    const container: Container = {
      id: `${number}`.padStart(2, '0').repeat(32),
      name,
      image: 'nginx:1.29',
      running: true,
      exitCode: 0,
      created: CREATED + number * 60,
      tty: false,
      env: ['PATH=/usr/bin'],
      labels: {},
      log: [],
      ...more,
    };
    this.containers.push(container);
    return container;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://docker');
    this.requests.push(`${request.method} ${request.url}`);
    response.setHeader('Api-Version', this.version).setHeader('Server', 'Docker/28.3.0 (linux)');
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD') throw refusal(405, 'reading only');
      const path = this.withoutVersion(pathname);
      const route = path.replace(/^(\/containers\/)(?!json)[^/]+/, '$1{id}');
      this.hold(problemOfQuery(route, searchParams));
      const id = /^\/containers\/([^/]+)\/(json|logs|stats)$/.exec(path)?.[1];
      const body = id === undefined ? this.engineAnswer(route, searchParams) : this.of(id, route, searchParams);
      this.hold(problemOfAnswer(route, body));
      const isRaw = Buffer.isBuffer(body) || typeof body === 'string';
      if (!response.hasHeader('content-type')) {
        response.setHeader('content-type', isRaw ? this.logType(id) : 'application/json');
      }
      response.end(isRaw ? body : JSON.stringify(body));
    } catch (error) {
      const { status, message } = error as Refusal;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
    }
  }

  private hold(problem: string | undefined): void {
    if (problem !== undefined) this.violations.push(problem);
  }

  private withoutVersion(pathname: string): string {
    const [, version, path] = /^\/v(\d+\.\d+)(\/.*)$/.exec(pathname) ?? [];
    if (version === undefined || path === undefined) return pathname;
    if (minor(version) > minor(this.version)) {
      throw refusal(400, `client version ${version} is too new. Maximum supported API version is ${this.version}`);
    }
    if (minor(version) < minor(OLDEST)) {
      throw refusal(400, `client version ${version} is too old. Minimum supported API version is ${OLDEST}`);
    }
    return path;
  }

  private engineAnswer(route: string, query: URLSearchParams): unknown {
    switch (route) {
      case '/_ping':
        return 'OK';
      case '/version':
        return { Version: '28.3.0', ApiVersion: this.version, MinAPIVersion: OLDEST, Os: 'linux', Arch: 'amd64' };
      case '/info':
        return this.info();
      case '/containers/json':
        return this.list(query);
      case '/images/json':
        return this.images
          .filter(({ tags }) => matches(filtersOf(query).reference, tags))
          .map(({ id, tags, size, created }) => ({
            Id: `sha256:${id}`,
            ParentId: '',
            RepoTags: tags,
            RepoDigests: [],
            Created: created,
            Size: size,
            SharedSize: -1,
            Labels: {},
            Containers: -1,
          }));
      default:
        throw refusal(404, 'page not found');
    }
  }

  private info() {
    const running = this.containers.filter((container) => container.running).length;
    return {
      ID: '0f0f0f0f',
      Containers: this.containers.length,
      ContainersRunning: running,
      ContainersPaused: 0,
      ContainersStopped: this.containers.length - running,
      Images: this.images.length,
      Driver: 'overlay2',
      OperatingSystem: 'Debian GNU/Linux 12 (bookworm)',
      OSType: 'linux',
      Architecture: 'x86_64',
      NCPU: 4,
      MemTotal: 8_000_000_000,
      ServerVersion: '28.3.0',
      DockerRootDir: '/var/lib/docker',
      Warnings: null,
    };
  }

  private list(query: URLSearchParams) {
    const filters = filtersOf(query);
    const all = query.get('all') === 'true' || filters.status !== undefined;
    return this.containers
      .filter(({ running }) => all || running)
      .filter(({ running }) => filters.status?.includes(running ? 'running' : 'exited') ?? true)
      .filter(({ name }) => filters.name?.some((part) => name.includes(part)) ?? true)
      .filter(({ labels }) => filters.label?.every((label) => hasLabel(labels, label)) ?? true)
      .sort((a, b) => b.created - a.created)
      .map(({ id, name, image, running, exitCode, created, labels }) => ({
        Id: id,
        Names: [`/${name}`],
        Image: image,
        ImageID: 'sha256:aa',
        Command: 'nginx',
        Created: created,
        State: running ? 'running' : 'exited',
        Status: running ? 'Up 2 hours' : `Exited (${exitCode}) 3 minutes ago`,
        Ports: running
          ? [
              { IP: '127.0.0.1', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
              { PrivatePort: 443, Type: 'tcp' },
            ]
          : [],
        Labels: labels,
        Mounts: [],
      }));
  }

  private of(id: string, route: string, query: URLSearchParams): unknown {
    const container = this.find(id);
    switch (route) {
      case '/containers/{id}/json':
        return inspection(container);
      case '/containers/{id}/stats':
        if (query.get('stream') !== 'false') throw refusal(500, 'this server does not stream');
        return container.running ? usage : stopped;
      case '/containers/{id}/logs':
        return logOf(container, query);
      default:
        throw refusal(404, 'page not found');
    }
  }

  private find(id: string): Container {
    const found = this.containers.find((container) => container.name === id || container.id.startsWith(id));
    if (!found) throw refusal(404, `No such container: ${id}`);
    return found;
  }

  private logType(id: string | undefined): string {
    if (id === undefined) return 'text/plain';
    const isFramed = !this.find(id).tty && minor(this.version) >= 42;
    return isFramed ? 'application/vnd.docker.multiplexed-stream' : 'application/vnd.docker.raw-stream';
  }
}

function refusal(status: number, message: string): Refusal & Error {
  return Object.assign(new Error(message), { status });
}

function minor(version: string): number {
  return Number(version.split('.')[1]);
}

function filtersOf(query: URLSearchParams): Record<string, string[] | undefined> {
  const filters = JSON.parse(query.get('filters') ?? '{}') as Record<string, string[]>;
  const isValid = Object.values(filters).every((values) => Array.isArray(values));
  if (!isValid) throw refusal(400, 'invalid filter');
  return filters;
}

function matches(references: string[] | undefined, tags: string[]): boolean {
  return (
    references?.some((reference) => tags.some((tag) => tag.split(':')[0] === reference || tag === reference)) ?? true
  );
}

function hasLabel(labels: Record<string, string>, label: string): boolean {
  const [key = '', value] = label.split('=');
  return key in labels && (value === undefined || labels[key] === value);
}

function logOf({ log, tty }: Container, query: URLSearchParams): Buffer {
  const wanted = (['stdout', 'stderr'] as const).filter((stream) => query.get(stream) === 'true');
  if (wanted.length === 0) throw refusal(400, 'Bad parameters: you must choose at least one stream');
  const since = Number(query.get('since') ?? 0);
  const until = Number(query.get('until') ?? Infinity);
  const lines = log
    .filter(({ stream }) => tty || wanted.includes(stream))
    .filter(({ time }) => time >= since && time <= until)
    .slice(-Number(query.get('tail')));
  const withTime = (time: number) =>
    query.get('timestamps') === 'true' ? `${new Date(time * 1_000).toISOString()} ` : '';
  return Buffer.concat(
    lines.map(({ stream, time, text }) => {
      const line = Buffer.from(`${withTime(time)}${text}\n`);
      if (tty) return line;
      const header = Buffer.alloc(8);
      header[0] = stream === 'stdout' ? 1 : 2;
      header.writeUInt32BE(line.length, 4);
      return Buffer.concat([header, line]);
    }),
  );
}

function inspection({ id, name, image, running, exitCode, created, tty, env, labels }: Container) {
  return {
    Id: id,
    Created: new Date(created * 1_000).toISOString(),
    Path: 'nginx',
    Args: ['-g', 'daemon off;'],
    State: {
      Status: running ? 'running' : 'exited',
      Running: running,
      Paused: false,
      Restarting: false,
      OOMKilled: !running,
      Dead: false,
      Pid: running ? 4711 : 0,
      ExitCode: exitCode,
      Error: '',
      StartedAt: '2026-01-01T00:00:00Z',
      FinishedAt: running ? '0001-01-01T00:00:00Z' : '2026-01-02T00:00:00Z',
      Health: { Status: 'healthy', FailingStreak: 0, Log: [{ Start: '', End: '', ExitCode: 0, Output: 'fine' }] },
    },
    Image: 'sha256:aa',
    LogPath: '/var/lib/docker/containers/x.log',
    Name: `/${name}`,
    RestartCount: 2,
    HostConfig: {
      RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
      Memory: 536_870_912,
      NanoCpus: 1_500_000_000,
    },
    Mounts: [
      { Type: 'volume', Name: 'data', Source: '/var/lib/docker/volumes/data/_data', Destination: '/data', RW: true },
      { Type: 'bind', Source: '/home/me/site', Destination: '/site', RW: false },
    ],
    Config: {
      Image: image,
      Tty: tty,
      User: '',
      WorkingDir: '/srv',
      Entrypoint: ['nginx'],
      Cmd: ['-g', 'daemon off;'],
      Env: env,
      Labels: labels,
    },
    NetworkSettings: {
      Networks: { site: { IPAddress: '172.18.0.2' } },
      Ports: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }], '443/tcp': null },
    },
  };
}

const usage = {
  read: '2026-01-01T10:00:00Z',
  preread: '2026-01-01T09:59:59Z',
  pids_stats: { current: 5, limit: 100 },
  blkio_stats: {
    io_service_bytes_recursive: [
      { major: 8, minor: 0, op: 'read', value: 4_096 },
      { major: 8, minor: 0, op: 'write', value: 8_192 },
    ],
  },
  cpu_stats: { cpu_usage: { total_usage: 300 }, system_cpu_usage: 2_000, online_cpus: 4 },
  precpu_stats: { cpu_usage: { total_usage: 100 }, system_cpu_usage: 1_000, online_cpus: 4 },
  memory_stats: { usage: 150_000_000, limit: 500_000_000, stats: { inactive_file: 50_000_000 } },
  networks: { eth0: { rx_bytes: 10, tx_bytes: 20 }, eth1: { rx_bytes: 1, tx_bytes: 2 } },
};

/** What an engine says of a container that does not run. */
const stopped = {
  read: '0001-01-01T00:00:00Z',
  pids_stats: {},
  blkio_stats: { io_service_bytes_recursive: null },
  cpu_stats: { cpu_usage: { total_usage: 0 } },
  precpu_stats: { cpu_usage: { total_usage: 0 } },
  memory_stats: {},
};
