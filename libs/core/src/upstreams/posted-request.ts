import type { IncomingHttpHeaders } from 'node:http';
import { Cancellation, type MessageListener, type OpenAnswer, type SentMessage } from '#libs/outbound';
import type { HttpAddress } from './http-address.js';
import { isEventStream, noMessage, readAnswer, takeMessages } from './http-exchange.js';
import type { Message } from './peer.js';

/** The connection that a request is sent over. */
export interface PostingConnection {
  readonly name: string;
  readonly address: HttpAddress;
  /** In a session, a stream that broke off can be taken up again. */
  hasSession(): boolean;
  /** The head of an answer that no error status has; what it throws fails the request. */
  takeHead(method: string | undefined, headers: IncomingHttpHeaders): void;
  receive(message: Message, id: number): void;
  isWaiting(id: number): boolean;
  /** Nothing more comes of the request. */
  over(id: number, error?: Error): void;
}

/** A request on its way over Streamable HTTP, and what comes of it until its answer is there. */
export class PostedRequest implements MessageListener {
  private sent: SentMessage | undefined;
  /** While an answer is read bit by bit. */
  private reading: Cancellation | undefined;

  constructor(
    private readonly connection: PostingConnection,
    private readonly id: number,
    private readonly method: string | undefined,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly body: string,
  ) {}

  send(): void {
    try {
      this.sent = this.connection.address.post(this.headers, this.body, this);
    } catch (error) {
      this.onFailure(error as Error);
    }
  }

  stop(reason: Error): void {
    this.reading?.abort(reason);
    this.sent?.stop(reason);
    this.connection.over(this.id);
  }

  takesWhole(status: number, headers: IncomingHttpHeaders): boolean {
    return status < 300 && !isEventStream(status, headers);
  }

  onWhole(body: string, headers: IncomingHttpHeaders): void {
    const { connection, id } = this;
    try {
      connection.takeHead(this.method, headers);
      takeMessages(connection.name, body, (message) => connection.receive(message, id));
    } catch (error) {
      connection.over(id, error as Error);
      return;
    }
    connection.over(id, connection.isWaiting(id) ? noMessage(connection.name) : undefined);
  }

  onOpen(answer: OpenAnswer): void {
    this.read(answer).then(
      () => this.connection.over(this.id),
      (error: unknown) => this.connection.over(this.id, error as Error),
    );
  }

  onFailure(error: Error): void {
    const { connection, id } = this;
    connection.over(id, connection.address.namedError(error));
  }

  private async read(first: OpenAnswer): Promise<void> {
    const { connection, id, headers, body } = this;
    const { name, address } = connection;
    const signal = (this.reading = new Cancellation());
    const answer = await address.led(first, { method: 'POST', headers, body, signal });
    await readAnswer(answer, {
      name,
      id,
      address,
      headers,
      signal,
      inSession: connection.hasSession(),
      onHead: (head) => connection.takeHead(this.method, head.headers),
      receive: (message) => connection.receive(message, id),
      isWaiting: () => connection.isWaiting(id),
    });
  }
}
