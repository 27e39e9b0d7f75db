import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { TurnBatch } from '#libs/kit';
import { KnownHeads } from './known-heads.js';
import { LaneConnection, type LaneOwner } from './lane-connection.js';
import type { LaneRequest } from './lane-request.js';
import type { LaneResponse } from './lane-response.js';

const LOOK_EVERY_MS = 1_000;
/** What a head says is forgotten when it has not come for one to two of these. */
const FORGET_EVERY_MS = 60_000;
/** How long a connection may leave a request unfinished before node watches over it. */
const HAND_OVER_MS = 1_000;

/** What is behind the lane. */
export interface LaneDoors {
  /** Of the largest body that is taken at all; the setting may change while the gateway runs. */
  maxBodyBytes(): number;
  takes(url: string): boolean;
  answer(request: LaneRequest, response: LaneResponse): void;
}

/**
 * Reads the requests of the busy doors off the socket itself: what node:http does around a request costs as much as all that
 * the gateway does with it. It reads no more than it understands for certain: plain POSTs that arrive whole and soon. A
 * connection over which anything else comes goes to node:http for good, with every byte that is not answered yet, so that
 * whatever is malformed, slow, large or rare is read and refused by one parser.
 */
export class Lane implements LaneOwner {
  connectionHeaders: string;
  isClosing = false;
  readonly heads = new KnownHeads();
  private readonly connections = new Set<LaneConnection>();
  /** All that came in a turn of the event loop are answered after another, and not each between two reads. */
  private readonly toAnswer = new TurnBatch<LaneResponse>((response) => {
    this.doors.answer(response.req, response);
  });
  private readonly toNode: readonly ((socket: Socket) => void)[];

  /**
   * Takes the place of those who listen for connections of the server by now; `opening` is the event of one over which
   * requests come from then on.
   */
  constructor(
    private readonly server: Server,
    private readonly doors: LaneDoors,
    opening = 'connection',
  ) {
    this.toNode = server.listeners(opening) as ((socket: Socket) => void)[];
    server.removeAllListeners(opening);
    server.on(opening, (socket: Socket) => this.connections.add(new LaneConnection(socket, this)));
    const seconds = Math.floor(server.keepAliveTimeout / 1_000);
    this.connectionHeaders = `connection: keep-alive\r\n${seconds > 0 ? `keep-alive: timeout=${seconds}\r\n` : ''}`;
    const timers = [
      setInterval(() => this.look(), LOOK_EVERY_MS).unref(),
      setInterval(() => this.heads.forgetOlder(), FORGET_EVERY_MS).unref(),
    ];
    server.once('close', () => {
      timers.forEach(clearInterval);
    });
  }

  takes(url: string): boolean {
    return this.doors.takes(url);
  }

  hasRoomFor(bodyBytes: number): boolean {
    return bodyBytes <= this.doors.maxBodyBytes();
  }

  answer(response: LaneResponse): void {
    this.toAnswer.add(response);
  }

  handOver(connection: LaneConnection, unread: Buffer | undefined): void {
    const { socket } = connection;
    this.forget(connection);
    // it flows again once node listens to it
    socket.pause();
    if (unread) socket.unshift(unread);
    for (const listen of this.toNode) listen.call(this.server, socket);
    socket.resume();
  }

  forget(connection: LaneConnection): void {
    this.connections.delete(connection);
  }

  /** From now on each connection closes with its next answer. */
  startClosing(): void {
    this.isClosing = true;
    this.connectionHeaders = 'connection: close\r\n';
  }

  closeIdle(): void {
    for (const connection of this.connections) if (!connection.isBusy) connection.close();
  }

  closeAll(): void {
    for (const { socket } of this.connections) socket.destroy();
  }

  /** All are looked at together: a timer for each request would show in a profile. */
  private look(): void {
    const now = performance.now();
    const { keepAliveTimeout } = this.server;
    for (const connection of this.connections) {
      const { socket, pace, waitsSince, isBusy, isHeld, idleSince } = connection;
      if (pace.isTooSlow(socket, now)) socket.destroy();
      else if (isBusy || isHeld) continue;
      else if (waitsSince !== undefined) {
        if (now - waitsSince > HAND_OVER_MS) connection.handOver();
      } else if (keepAliveTimeout > 0 && now - idleSince > keepAliveTimeout) socket.destroy();
    }
  }
}
