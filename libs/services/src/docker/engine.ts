import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperationError, type ServiceStatus } from '#libs/kit';
import { HttpClient, type HttpAnswer } from '#libs/outbound';
import { DEFAULT_SOCKET, DockerSettings } from './docker.settings.js';
import { engineAddress } from './engine-address.js';

/** The newest version of the Engine API that this service was written for. */
const KNOWN_VERSION = '1.47';
const MAX_BYTES = 8 * 1024 * 1024;
const PROBE_MS = 2_000;

type Query = Record<string, string | number | boolean | undefined>;

/** The Docker engine, of which only is read. */
const missing = ['DOCKER_HOST'];

@Injectable()
export class Engine implements OnModuleInit {
  private readonly address: ReturnType<typeof engineAddress>;
  /** Undefined until the engine was asked for the first time. */
  private problem: string | undefined = 'It was not asked yet';
  /** Whether nobody named an engine, and there is none at the usual place. */
  private isAbsent: boolean;
  private version: string | undefined;

  constructor(
    private readonly settings: DockerSettings,
    private readonly http: HttpClient,
  ) {
    this.address = engineAddress(settings.host);
    this.isAbsent = settings.host === DEFAULT_SOCKET;
  }

  /** Asked in the background, so that a missing engine shows before the first call. */
  onModuleInit(): void {
    void this.negotiate(AbortSignal.timeout(PROBE_MS)).catch(() => undefined);
  }

  status(): ServiceStatus {
    if (this.problem === undefined) return { state: 'ready' };
    if (!this.isAbsent) return { state: 'unavailable', reason: this.problem };
    return { state: 'not configured', reason: this.problem, missing: [...missing] };
  }

  /** The JSON at a path of the API; rejects with `failed` where the engine refuses. */
  async json<T>(path: string, query: Query, signal: AbortSignal): Promise<T> {
    return (await this.get(path, query, signal)).json() as T;
  }

  /** The answer at a path of the API, whose status is 200. */
  async get(path: string, query: Query, signal: AbortSignal): Promise<HttpAnswer> {
    this.version ??= await this.negotiate(signal);
    return this.ask(`/v${this.version}${path}${queryText(query)}`, signal);
  }

  private async negotiate(signal: AbortSignal): Promise<string> {
    const answer = await this.ask('/version', signal);
    const { ApiVersion, MinAPIVersion = ApiVersion } = answer.json() as { ApiVersion: string; MinAPIVersion?: string };
    if (isNewer(KNOWN_VERSION, ApiVersion)) return ApiVersion;
    return isNewer(MinAPIVersion, KNOWN_VERSION) ? MinAPIVersion : KNOWN_VERSION;
  }

  private async ask(path: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { address } = this;
    if (!address) throw this.lost(new Error('DOCKER_HOST names a kind of address that is not spoken here'));
    let answer: HttpAnswer;
    try {
      answer = await this.http.request({
        url: `${address.origin}${path}`,
        policy: address,
        redirects: 0,
        maxBytes: MAX_BYTES,
        signal,
      });
    } catch (error) {
      throw error instanceof OperationError && error.kind === 'unavailable' ? this.lost(error) : error;
    }
    this.problem = undefined;
    if (answer.status === 200) return answer;
    throw new OperationError('failed', `The Docker engine refused: ${messageOf(answer)}`, { status: answer.status });
  }

  /** The next engine may be another one. */
  private lost(error: Error): OperationError {
    this.version = undefined;
    const { host } = this.settings;
    const why = whyOf(error, this.address !== undefined);
    this.isAbsent = host === DEFAULT_SOCKET && codeOf(error) === 'ENOENT';
    this.problem = `No Docker engine at ${placeOf(host)}: ${why}`;
    if (this.isAbsent) return new OperationError('not-configured', this.problem, { missing }, { cause: error });
    return new OperationError('unavailable', this.problem, { retryable: true }, { cause: error });
  }
}

function placeOf(host: string): string {
  if (host === DEFAULT_SOCKET) return DEFAULT_SOCKET;
  return host.startsWith('unix://') ? 'the configured socket' : 'the configured address';
}

function whyOf(error: Error, isSpoken: boolean): string {
  if (!isSpoken) return 'DOCKER_HOST must be unix://, tcp:// or http://';
  const code = codeOf(error);
  if (code === 'EACCES') return 'the gateway may not use it; let its user join the group of the socket';
  if (code === 'ENOENT') return 'there is no such socket; start Docker, or set DOCKER_HOST';
  return 'nothing answers; start Docker, or set DOCKER_HOST';
}

function codeOf({ cause }: Error): unknown {
  return ((cause ?? {}) as { code?: unknown }).code;
}

function messageOf(answer: HttpAnswer): string {
  try {
    const { message } = answer.json() as { message?: unknown };
    if (typeof message === 'string') return message.slice(0, 500);
  } catch {
    // no engine of Docker's, or something in front of it
  }
  return `status ${answer.status}`;
}

function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length > 0 ? `?${new URLSearchParams(given).toString()}` : '';
}

/** Whether API version `a` is newer than `b`; `1.9` is older than `1.10`. */
function isNewer(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA === majorB ? minorA > minorB : majorA > majorB;
}
