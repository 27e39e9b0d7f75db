import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Connection, PoolClient } from 'pg';

/** One column as the server describes it. */
export interface WireField {
  name: string;
  dataTypeID: number;
}

/**
 * The driver's connection as query classes use it (pg-cursor and pg-query-stream build on the same methods); its
 * published types are older than its parameters.
 */
export interface Wire extends EventEmitter {
  readonly stream: Duplex;
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
}

/** What the driver knows about an open connection and its types don't tell. */
export interface WireClient {
  readonly connection: Wire;
  readonly host: string;
  readonly port: number;
  readonly ssl: boolean | object;
  readonly sslNegotiation: string;
  readonly processID: number;
  readonly secretKey: number;
}

export function wireOf(connection: Connection): Wire {
  return connection as unknown as Wire;
}

export function wireClientOf(client: PoolClient): WireClient {
  return client as unknown as WireClient;
}
