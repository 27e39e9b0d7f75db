import { Agent, request } from 'node:http';

/** What came of one call. */
export interface Call {
  id: string;
  /** Undefined where no answer came. */
  status: number | undefined;
  ms: number;
}

/** Callers that send `gateway.echo` over connections that are kept open, each with a request id of its own. */
export class Clients {
  readonly calls: Call[] = [];
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    private readonly url: string,
    private readonly prefix: string,
  ) {}

  get answered(): Call[] {
    return this.calls.filter(({ status }) => status === 200);
  }

  /** Sends until `isOver` says so or the gateway is gone; `pauseMs` lies between the calls of one client. */
  async run(count: number, isOver: () => boolean, pauseMs = 0): Promise<void> {
    let sent = 0;
    const client = async (): Promise<void> => {
      while (!isOver()) {
        const call = await this.call(`${this.prefix}-${(sent += 1)}`);
        this.calls.push(call);
        if (call.status === undefined) return;
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    };
    await Promise.all(Array.from({ length: count }, client));
    this.agent.destroy();
  }

  private call(id: string): Promise<Call> {
    const startedAt = performance.now();
    const body = JSON.stringify({ message: id });
    const headers = { 'content-type': 'application/json', 'content-length': body.length, 'x-request-id': id };
    return new Promise((resolve) => {
      const done = (status: number | undefined) => resolve({ id, status, ms: performance.now() - startedAt });
      const asked = request(`${this.url}/api/services/gateway/echo`, { method: 'POST', agent: this.agent, headers });
      asked.once('response', (response) => {
        response.once('end', () => done(response.statusCode)).once('error', () => done(undefined));
        response.resume();
      });
      asked.once('error', () => done(undefined));
      asked.end(body);
    });
  }
}
