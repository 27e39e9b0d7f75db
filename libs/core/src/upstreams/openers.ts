import { mkdirSync } from 'node:fs';
import { Injectable, Logger } from '@nestjs/common';
import { HttpClient } from '#libs/outbound';
import { cleanEnvironment, findSandbox, replaceablePlaces, sandboxed, type Sandbox } from '#libs/processes';
import { OwnChildren } from './own-children.js';
import type { Params, UpstreamConnection } from './connection.js';
import { HttpConnection } from './http-connection.js';
import { openHttp } from './open-http.js';
import type { CallerAuthorization } from './auth/caller-authorization.js';
import { UpstreamCredentials } from './auth/upstream-credentials.js';
import type { OpenApiConnection } from './openapi/openapi-connection.js';
import { HiddenFiles } from './hidden-files.js';
import { ReplacedFiles } from './replaced-files.js';
import { SseConnection } from './sse-connection.js';
import { StdioConnection } from './stdio-connection.js';
import type { Turns } from './turns.js';
import { isApi, isCommand, type AddressTarget, type CommandTarget, type UpstreamConfig } from './upstream-config.js';

export type Era = 'modern' | 'session';

export interface Opening {
  /** What the client behind the connection can be asked for; `{}` for one that many share. */
  readonly clientCapabilities: Params;
  /** Aborts the opening. */
  readonly signal: AbortSignal;
  /** What the server spoke the last time. */
  readonly era?: Era | undefined;
  /** For a connection on which the server may ask, where its questions don't say which call they belong to. */
  readonly turns?: Turns | undefined;
  /** Whose authorization is used, where each caller has its own. */
  readonly callerId?: string | undefined;
}

/** Opens one more connection to an upstream. Rejects with an OperationError that says what failed. */
export type Open = (opening: Opening) => Promise<UpstreamConnection>;

/** Knows how to reach what a config names: an address, or a process that is shut in. */
@Injectable()
export class Openers {
  private readonly logger = new Logger('Upstreams');
  private looking: Promise<Sandbox> | undefined;
  private found: Sandbox | undefined;
  /** Names of upstreams, and what was told of them. */
  private readonly warned = new Map<string, string>();

  constructor(
    private readonly client: HttpClient,
    private readonly children: OwnChildren,
    private readonly files: HiddenFiles,
    private readonly credentials: UpstreamCredentials,
  ) {}

  /** Why processes run without walls; undefined where they don't, or none was started yet. */
  get sandboxProblem(): string | undefined {
    return this.found?.problem;
  }

  for({ name, target }: UpstreamConfig): Open {
    if ('problem' in target) return () => Promise.reject(new Error(target.problem));
    if (isApi(target)) return ({ signal }) => this.openApi({ name, ...target, signal });
    if (isCommand(target)) return (opening) => this.openProcess(name, target, opening);
    return (opening) => this.openAddress(name, target, opening);
  }

  /** A caller's own at an upstream, where it has one. */
  authorizationOf({ name, target }: UpstreamConfig, callerId: string): CallerAuthorization | undefined {
    if (!('policy' in target) || target.auth?.type !== 'authorization-code') return undefined;
    return this.credentials.authorizationOf({ name, ...target, auth: target.auth }, callerId);
  }

  /** What is in memory of callers' authorizations at an upstream that is gone or another one. */
  forget(name: string): void {
    this.credentials.forget(name);
  }

  private openAddress(name: string, target: AddressTarget, opening: Opening): Promise<UpstreamConnection> {
    const { transport, auth, ...address } = target;
    const { era, callerId, ...rest } = opening;
    const credential = auth && this.credentials.for({ name, ...address, auth }, callerId);
    const options = { name, ...address, credential, ...rest, ...(era && { era }) };
    if (transport === 'sse') return SseConnection.open(this.client, options);
    return transport === 'http' ? HttpConnection.open(this.client, options) : openHttp(this.client, options);
  }

  private async openApi(api: Parameters<typeof OpenApiConnection.open>[1]): Promise<UpstreamConnection> {
    // what reads YAML is large, and most gateways have no such upstream
    const { OpenApiConnection } = await import('./openapi/openapi-connection.js');
    return OpenApiConnection.open(this.client, api);
  }

  private async openProcess(name: string, target: CommandTarget, opening: Opening): Promise<UpstreamConnection> {
    const sandbox = await this.sandbox();
    const { clientCapabilities, signal, turns } = opening;
    const { command, files } = this.shutIn(name, target, sandbox);
    const connection = await StdioConnection.open({
      name,
      command,
      clientCapabilities,
      signal,
      turns,
      onStarted: (pid) => {
        this.children.add(pid, { sandboxed: sandbox.bwrap !== undefined });
      },
      onEnded: (pid) => {
        this.children.remove(pid);
        files.stop();
      },
    });
    files.watch((path) => {
      this.logger.warn(`${name} is started anew: it could see what has been put at ${path}`);
      void connection.close();
    });
    return connection;
  }

  private shutIn(name: string, { command, args, env, cwd, network }: CommandTarget, sandbox: Sandbox) {
    const home = this.files.homeOf(name);
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const plain = { command, args, env: cleanEnvironment(env, home, this.files.system), cwd: cwd ?? home };
    const options = { sandbox, hidden: this.files.hidden(), network, writable: [home] };
    const { replaceable, fixed } = replaceablePlaces(plain, options);
    this.warn(name, replaceable.join(', '));
    // before the walls are drawn up: what is replaced meanwhile is then noticed
    const files = new ReplacedFiles([...replaceable, ...fixed]);
    return { command: sandboxed(plain, options), files };
  }

  private warn(name: string, replaceable: string): void {
    if (replaceable === (this.warned.get(name) ?? '')) return;
    this.warned.set(name, replaceable);
    this.logger.warn(
      `${name} works in a directory of files that it must not see (${replaceable}): of one that comes or is replaced there it may read until it is started anew, which takes a second. Give it another cwd`,
    );
  }

  private async sandbox(): Promise<Sandbox> {
    this.looking ??= findSandbox();
    const sandbox = await this.looking;
    if (!this.found && sandbox.problem !== undefined) {
      this.logger.warn(`The processes of upstreams run without walls: ${sandbox.problem}`);
    }
    this.found = sandbox;
    return sandbox;
  }
}
