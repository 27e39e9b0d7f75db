import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { createGateway } from '../apps/gateway/src/configure-app.js';
import type { Gateway } from '../apps/gateway/src/gateway.js';
import { createDatabase } from './database.js';
import { WITHOUT_LIMITS } from './without-limits.js';

/** The admin key of every gateway that the tests start. */
export const ADMIN_KEY = 'admin-key-of-the-test-gateway';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as JSON; undefined where it is none. */
  body: unknown;
}

export interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string | string[]>;
  /** Sent as it is. */
  body?: string | Buffer;
}

export interface TestGateway {
  /** Changes with a restart. */
  readonly url: string;
  readonly gateway: Gateway;
  /** The data directory. */
  readonly directory: string;
  /** One HTTP request, with nothing added to it but what HTTP needs. */
  send(request: Sent): Promise<Answer>;
  get(path: string, headers?: Sent['headers']): Promise<Answer>;
  /** POSTs a value as JSON. */
  post(path: string, body: unknown, headers?: Sent['headers']): Promise<Answer>;
  /** One JSON-RPC request; answers the response object. */
  rpc(method: string, params?: unknown, headers?: Sent['headers']): Promise<RpcResponse>;
  /** Stops the gateway and starts another one on the same data directory and database. */
  restart(env?: Record<string, string>): Promise<void>;
  close(): Promise<void>;
}

export interface RpcResponse {
  jsonrpc: '2.0';
  id: unknown;
  result?: unknown;
  error?: { code: number; message: string; data: Record<string, unknown> };
}

export interface StartOptions {
  /** Variables over the defaults of the tests. */
  env?: Record<string, string>;
  /** Service modules instead of the gateway's own. */
  services?: readonly Type[];
  /** Is told of every answer to `send`, `get`, `post` and `rpc`. */
  hear?: (answer: Answer, request: Sent) => void;
  /** The folder of a built page. */
  page?: string;
}

/** Starts a gateway on a free port, with a data directory of its own, and a database where `env` names none. */
export async function startGateway({ env = {}, services, hear, page }: StartOptions = {}): Promise<TestGateway> {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-'));
  chmodSync(directory, 0o755);
  const database = env.DATABASE_URL === undefined ? await createDatabase() : undefined;
  const environment = {
    DATA_DIR: directory,
    ...(database && { DATABASE_URL: database.url }),
    PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'error',
    MCP_WORKING_DIR: join(directory, 'workspace'),
    MCP_ADMIN_KEY: ADMIN_KEY,
    ...WITHOUT_LIMITS,
    ...env,
  };
  const cleanUp = async () => {
    await database?.drop();
    rmSync(directory, { recursive: true, force: true });
  };
  const start = async (env: Record<string, string> = {}) => {
    const gateway = await createGateway({ ...environment, ...env }, services, page);
    return { gateway, url: await gateway.start() };
  };
  let { gateway, url } = await start().catch(async (error: unknown) => {
    await cleanUp();
    throw error;
  });

  const send = async (request: Sent) => {
    const answer = await sendTo(url, request);
    hear?.(answer, request);
    return answer;
  };
  const post: TestGateway['post'] = (path, body, headers = {}) =>
    send({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    get url() {
      return url;
    },
    get gateway() {
      return gateway;
    },
    directory,
    send,
    post,
    get: (path, headers = {}) => send({ path, headers }),
    rpc: async (method, params, headers) => {
      const { body } = await post('/mcp/rpc', { jsonrpc: '2.0', id: 1, method, params }, headers);
      return body as RpcResponse;
    },
    restart: async (change) => {
      await gateway.stop(0);
      ({ gateway, url } = await start(change));
    },
    close: async () => {
      await gateway.stop(0);
      await cleanUp();
    },
  };
}

/** One request over a connection of its own. */
export function sendTo(url: string, { method = 'GET', path = '/', headers = {}, body }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    // as agents do it: what asks to be closed is read by another part of the gateway
    const kept = { connection: 'keep-alive', ...headers };
    const request = httpRequest({ host: hostname, port, method, path, headers: kept, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) });
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
