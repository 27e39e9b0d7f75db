import { Agent, request } from 'node:http';

/** What a client saw that did nothing wrong while others did. */
export interface Seen {
  calls: number;
  failed: number;
  p50Ms: number;
  p99Ms: number;
}

const PAUSE_MS = 5;

/** Calls `gateway.echo` over one connection, one call after the other with a breath between, until it is stopped. */
export function goodClient(url: string, headers: Record<string, string> = {}): { stop(): Promise<Seen> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  let failed = 0;
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      const startedAt = performance.now();
      if ((await echo(url, agent, headers)) === 200) times.push(performance.now() - startedAt);
      else failed += 1;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await running;
      agent.destroy();
      return { calls: times.length + failed, failed, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
    },
  };
}

/** The status of one call; undefined where no answer came. */
export function echo(url: string, agent: Agent, headers: Record<string, string> = {}): Promise<number | undefined> {
  const body = '{"message":"good"}';
  return new Promise((resolve) => {
    const asked = request(`${url}/api/services/gateway/echo`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': body.length, ...headers },
    });
    asked.once('response', (response) => {
      response.once('end', () => resolve(response.statusCode)).once('error', () => resolve(undefined));
      response.resume();
    });
    asked.once('error', () => resolve(undefined));
    asked.end(body);
  });
}

/** Of values in any order; 0 where there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
