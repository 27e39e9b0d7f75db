import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Socket as Connection } from 'engine.io';
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
import { CountedEngine } from './counted-engine.js';
import { Introduction } from './introduction.js';
import { ANSWER_MS, HEARTBEAT_MS, MAX_FRAME_BYTES } from './line.js';
import { credentialsMessage } from './messages.js';
import { realtimeError } from './realtime-error.js';
import { credentialsIn, SocketAccess } from './socket-access.js';
import { SocketIoLine } from './socket-io-line.js';
import { TurnCount } from './turn-count.js';

/** How long a connection may be open without belonging to a client. */
const CONNECT_MS = 10_000;
/** How many packets may come at once over a connection that belongs to no client yet: one says who it is. */
const MOST_BEFORE_CONNECT = 10;

/** A connection of engine.io, as it tells of it. */
type Begun = Pick<Connection, 'request' | 'on' | 'once' | 'removeAllListeners' | 'close'> & { readonly id: string };
interface SocketData {
  readonly caller: Caller | undefined;
  readonly presented: Credential[];
}
type Acknowledge = (answer: RealtimeAck) => void;

/** Socket.IO at `/socket.io/`. Its engine gets the requests that the edge has let through. */
@Injectable()
export class SocketIoServer implements OnApplicationShutdown {
  private readonly engine = new CountedEngine({
    transports: ['polling', 'websocket'],
    maxHttpBufferSize: MAX_FRAME_BYTES,
    pingInterval: HEARTBEAT_MS,
    pingTimeout: ANSWER_MS,
    perMessageDeflate: false,
    httpCompression: false,
  });
  /** The request by which each session was begun. */
  private readonly sessions = new Map<string, IncomingMessage>();
  /** Connections that have asked to belong to a client, and the client that each belongs to. */
  private readonly asking = new WeakSet<object>();
  private readonly clientOf = new WeakMap<object, Client>();
  private readonly io = new Server({ serveClient: false, connectTimeout: CONNECT_MS });

  constructor(
    private readonly access: SocketAccess,
    private readonly clients: Clients,
    private readonly introduction: Introduction,
    private readonly conversation: Conversation,
    private readonly settings: AccessSettings,
  ) {
    this.engine.on('connection', (connection: Begun) => this.begun(connection));
    this.io.bind(this.engine);
    this.io.use((socket, next) => {
      this.recognise(socket).then(
        (known) => {
          socket.data = known;
          next();
        },
        (error: unknown) => next(refusal(error)),
      );
    });
    this.io.on('connection', (socket) => this.connected(socket));
  }

  get size(): number {
    return this.engine.size;
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

  private begun(connection: Begun): void {
    const { id, request } = connection;
    this.sessions.set(id, request);
    connection.once('close', () => this.sessions.delete(id));
    // one payload may hold thousands of packets, and all of them are taken in before the first is answered
    const packets = new TurnCount();
    connection.on('packet', () => {
      const client = this.clientOf.get(connection);
      const most = client ? this.conversation.mostInSecond : MOST_BEFORE_CONNECT;
      if (packets.add() !== most + 1) return;
      connection.removeAllListeners('data');
      // when the request that brought them is answered
      setImmediate(() => {
        if (client) this.conversation.endFlood(client);
        else connection.close(true);
      });
    });
  }

  /** A connection belongs to one client: each would have listeners on it, and the connections alone are counted. */
  private async recognise({ conn, handshake, request }: Socket): Promise<SocketData> {
    if (this.asking.has(conn)) {
      conn.close(true);
      throw invalidRequest('This connection has asked to be a client before; open another one');
    }
    this.asking.add(conn);
    const { auth } = handshake;
    const parsed = credentialsMessage.safeParse(auth);
    if (!parsed.success) throw invalidInput(parsed.error, auth);
    const presented = credentialsIn(parsed.data);
    return { caller: await this.access.identify(request, presented), presented };
  }

  private connected(socket: Socket): void {
    const { caller, presented } = socket.data as SocketData;
    const client = new Client(new SocketIoLine(socket), caller, presented);
    this.clientOf.set(socket.conn, client);
    // a packet may name no event, or a number
    socket.onAny((name: unknown, ...given: unknown[]) => void this.received(client, name, given));
    socket.on('error', () => undefined); // a client may send an event of this name
    socket.on('disconnect', () => {
      this.clients.remove(client);
      socket.conn.close();
    });
    this.clients.add(client);
    this.introduction.welcome(client);
  }

  private async received(client: Client, name: unknown, given: unknown[]): Promise<void> {
    if (client.isOver) return;
    const last = given.at(-1);
    const acknowledge = typeof last === 'function' ? (last as Acknowledge) : undefined;
    const payloads = acknowledge ? given.slice(0, -1) : given;
    const answer = await this.conversation.answer(client, name, payloads);
    if (acknowledge) client.tell(() => acknowledge(answer));
    else if (!answer.ok) client.send('error', answer.error);
  }
}

/** As Socket.IO hands an error of the handshake to its client: a message, and `data`. */
function refusal(cause: unknown): Error {
  const error = realtimeError(asOperationError(cause));
  return Object.assign(new Error(error.message), { data: error });
}
