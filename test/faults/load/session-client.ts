const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** A client of one MCP session (2025-11-25), which calls one call after another. */
export class SessionClient {
  calls = 0;
  failed = 0;
  private session = '';

  constructor(
    private readonly url: string,
    private readonly key: string,
    /** How often a call is made before it counts as failed. */
    private readonly tries = 1,
  ) {}

  async open(): Promise<void> {
    const clientInfo = { name: 'fault', version: '1' };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    const response = await this.post({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
    this.session = response.headers.get('mcp-session-id') ?? '';
    await response.text();
  }

  async run(isOver: () => boolean, pauseMs: number): Promise<void> {
    while (!isOver()) {
      this.calls += 1;
      if (!(await this.succeeds())) this.failed += 1;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  private async succeeds(): Promise<boolean> {
    for (let left = this.tries; left > 0; left -= 1) if (await this.call()) return true;
    return false;
  }

  private async call(): Promise<boolean> {
    const params = { name: 'gateway_echo', arguments: { message: 'hi' } };
    try {
      const response = await this.post({ jsonrpc: '2.0', id: this.calls, method: 'tools/call', params });
      const { result } = (await response.json()) as { result?: { structuredContent?: { message?: string } } };
      return result?.structuredContent?.message === 'hi';
    } catch {
      return false;
    }
  }

  private post(body: object): Promise<Response> {
    const session = this.session && { 'mcp-session-id': this.session, 'mcp-protocol-version': '2025-11-25' };
    return fetch(`${this.url}/mcp`, {
      method: 'POST',
      headers: { ...headers, 'x-mcp-key': this.key, ...session },
      body: JSON.stringify(body),
    });
  }
}
