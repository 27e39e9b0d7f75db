import { request as httpRequest, type IncomingMessage } from 'node:http';

interface Event {
  id?: string;
  message?: { id?: unknown; method?: string; params?: Record<string, unknown>; result?: Record<string, unknown> };
}

/** An answer whose events can be read one after another. */
export class EventReader {
  private text = '';

  constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
  }

  static open(url: string, method: string, headers: Record<string, string>, body?: unknown, path = '/mcp') {
    return new Promise<EventReader>((resolve, reject) => {
      const sent = httpRequest(new URL(path, url), {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        agent: false,
      });
      sent.once('response', (response) => resolve(new EventReader(response)));
      sent.once('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** The next event, or undefined at the end. Comments are passed over. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end === -1) {
        const chunk = await this.more();
        if (chunk === undefined) return undefined;
        this.text += chunk;
        continue;
      }
      const lines = this.text.slice(0, end).split('\n');
      this.text = this.text.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const [id, data] = [field('id'), field('data')];
      if (id === undefined && data === undefined) continue;
      return {
        ...(id !== undefined && { id }),
        ...(data && { message: JSON.parse(data) as Event['message'] & object }),
      };
    }
  }

  async rest(): Promise<Event[]> {
    const events: Event[] = [];
    for (let event = await this.next(); event; event = await this.next()) events.push(event);
    return events;
  }

  private more(): Promise<string | undefined> {
    const ready = this.response.read() as string | null;
    if (ready !== null) return Promise.resolve(ready);
    if (this.response.readableEnded || this.response.destroyed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const done = () => {
        this.response.off('readable', done).off('end', done).off('close', done);
        resolve((this.response.read() as string | null) ?? (this.response.readableEnded ? undefined : ''));
      };
      this.response.once('readable', done).once('end', done).once('close', done);
    });
  }
}
