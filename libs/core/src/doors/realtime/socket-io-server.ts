import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Server as Engine, type Socket as Connection } from 'engine.io';
import { Server, type Socket } from 'socket.io';
import { OperationError, type Caller, type RealtimeAck } from '#libs/kit';
import { AccessSettings } from '../../access/access.settings.js';
import { credentialsOf, originOf, type Credential } from '../../access/request-facts.js';
import { asOperationError } from '../../errors/error-table.js';
import { invalidRequest } from '../../errors/protocol-error.js';
import { invalidInput } from '../../execution/input-issues.js';
import { Client } from './client.js';
import { Clients } from './clients.js';
import { Conversation } from './conversation.js';
import { Introduction } from './introduction.js';
import { ANSWER_MS, HEARTBEAT_MS, MAX_FRAME_BYTES } from './line.js';
import { credentialsMessage } from './messages.js';
import { realtimeError } from './realtime-error.js';
import { credentialsIn, SocketAccess } from './socket-access.js';
import { SocketIoLine } from './socket-io-line.js';

/** How long a connection may be open without belonging to a client. */
const CONNECT_MS = 10_000;

type Acknowledge = (answer: RealtimeAck) => void;

/** Socket.IO at `/socket.io/`. Its engine gets the requests that the edge has let through. */
@Injectable()
export class SocketIoServer implements OnApplicationShutdown {
  private readonly engine = new Engine({
    transports: ['polling', 'websocket'],
    maxHttpBufferSize: MAX_FRAME_BYTES,
    pingInterval: HEARTBEAT_MS,
    pingTimeout: ANSWER_MS,
    perMessageDeflate: false,
    httpCompression: false,
  });
  /** The request by which each session was begun. */
  private readonly sessions = new Map<string, IncomingMessage>();
  private readonly io = new Server({ serveClient: false, connectTimeout: CONNECT_MS });

  constructor(
    private readonly access: SocketAccess,
    private readonly clients: Clients,
    private readonly introduction: Introduction,
    private readonly conversation: Conversation,
    private readonly settings: AccessSettings,
  ) {
    this.engine.on('connection', (connection: Pick<Connection, 'request' | 'once'> & { readonly id: string }) => {
      this.sessions.set(connection.id, connection.request);
      connection.once('close', () => this.sessions.delete(connection.id));
    });
    this.io.bind(this.engine);
    this.io.use((socket, next) => {
      this.recognise(socket).then(
        () => next(),
        (error: unknown) => next(refusal(error)),
      );
    });
    this.io.on('connection', (socket) => this.connected(socket));
  }

  get size(): number {
    return this.engine.clientsCount;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.engine.handleRequest(request, response);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.engine.handleUpgrade(request, socket, head);
  }

  /**
   * A session's id is no credential: whoever goes on with a session comes from where it was begun, and presents in its
   * headers what was presented then.
   */
  requireSameClient(sessionId: string, request: IncomingMessage): void {
    const begun = this.sessions.get(sessionId);
    if (!begun) return; // the engine answers that there is none
    const { trustedProxies, allowQueryKey } = this.settings;
    const place = (of: IncomingMessage) => originOf(of, trustedProxies).address;
    const credentials = (of: IncomingMessage) =>
      credentialsOf(of, allowQueryKey)
        .map(({ value }) => value)
        .join('\n');
    if (place(begun) === place(request) && credentials(begun) === credentials(request)) return;
    throw new OperationError('forbidden', 'This session was begun by somebody else; connect without sid');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.io.close();
  }

  private async recognise(socket: Socket): Promise<void> {
    const { auth } = socket.handshake;
    const parsed = credentialsMessage.safeParse(auth);
    if (!parsed.success) throw invalidInput(parsed.error, auth);
    const presented = credentialsIn(parsed.data);
    const caller = await this.access.identify(socket.request, presented);
    socket.data = { caller, presented };
  }

  private connected(socket: Socket): void {
    const { caller, presented } = socket.data as { caller: Caller | undefined; presented: Credential[] };
    const client = new Client(new SocketIoLine(socket), caller, presented);
    socket.onAny((name: string, ...given: unknown[]) => void this.received(client, name, given));
    socket.on('error', () => undefined); // a client may send an event of this name
    socket.on('disconnect', () => {
      this.clients.remove(client);
      socket.conn.close();
    });
    this.clients.add(client);
    this.introduction.welcome(client);
  }

  private async received(client: Client, name: string, given: unknown[]): Promise<void> {
    const last = given.at(-1);
    const acknowledge = typeof last === 'function' ? (last as Acknowledge) : undefined;
    const payloads = acknowledge ? given.slice(0, -1) : given;
    if (payloads.length > 1) {
      const error = realtimeError(invalidRequest('A message has one payload, an object'));
      if (acknowledge) acknowledge({ ok: false, error });
      else client.send('error', error);
      return;
    }
    const answer = await this.conversation.answer(client, name, payloads[0] ?? {});
    if (acknowledge) acknowledge(answer);
    else if (!answer.ok) client.send('error', answer.error);
  }
}

/** As Socket.IO hands an error of the handshake to its client: a message, and `data`. */
function refusal(cause: unknown): Error {
  const error = realtimeError(asOperationError(cause));
  return Object.assign(new Error(error.message), { data: error });
}
