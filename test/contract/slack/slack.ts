import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { message, reply, type Message, type Reply } from './block-kit.js';

/** Times that Slack takes an answer at a response_url. */
const MAX_REPLIES = 5;

/** Whatever a test makes of a press that Slack would not send so. */
export interface Bend {
  secret?: string;
  /** Seconds since 1970. */
  timestamp?: number;
  responseUrl?: string;
}

/** Slack as an incoming webhook and an app with buttons are used: it takes only what the real one would. */
export class Slack {
  readonly messages: Message[] = [];
  readonly replies: Reply[] = [];
  /** What was sent that Slack would not take. */
  readonly refused: string[] = [];
  /** Statuses of the next answers, before it takes anything again. */
  failures: number[] = [];
  private readonly responses = new Map<string, number>();

  private constructor(
    private readonly server: Server,
    readonly signingSecret: string,
  ) {}

  static async start(signingSecret: string): Promise<Slack> {
    const server = createServer();
    const slack = new Slack(server, signingSecret);
    server.on('request', (request, response) => void slack.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return slack;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get webhook(): string {
    return `${this.origin}/services/T0001/B0001/XXXXXXXXXXXX`;
  }

  /** The form that Slack sends when a member presses a button, and its headers. */
  press(approvalId: string, action: string, member: string, bend: Bend = {}) {
    const path = `/actions/T0001/${this.responses.size}/xyz`;
    this.responses.set(path, 0);
    const payload = {
      type: 'block_actions',
      team: { id: 'T0001', domain: 'example' },
      user: { id: member, username: 'somebody', team_id: 'T0001' },
      api_app_id: 'A0001',
      token: 'deprecated',
      container: { type: 'message', message_ts: '1732148800.000100', channel_id: 'C0001', is_ephemeral: false },
      trigger_id: '1.2.abc',
      channel: { id: 'C0001', name: 'approvals' },
      response_url: bend.responseUrl ?? `${this.origin}${path}`,
      actions: [
        {
          type: 'button',
          action_id: action,
          block_id: approvalId,
          value: approvalId,
          text: { type: 'plain_text', text: action, emoji: false },
          action_ts: '1732148801.000200',
        },
      ],
    };
    return this.signed(new URLSearchParams({ payload: JSON.stringify(payload) }).toString(), bend);
  }

  signed(body: string, { secret = this.signingSecret, timestamp = Math.floor(Date.now() / 1_000) }: Bend = {}) {
    const hmac = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(timestamp),
      'x-slack-signature': `v0=${hmac}`,
    };
    return { method: 'POST', path: '/approvals/slack', headers, body };
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const failure = this.failures.shift();
    const refusal = failure === undefined ? this.refusalOf(request, Buffer.concat(chunks).toString()) : 'not_now';
    const status = failure ?? (refusal === undefined ? 200 : 400);
    if (failure === undefined && refusal !== undefined) this.refused.push(refusal);
    response.writeHead(status, { 'content-type': 'text/html', ...(status === 429 && { 'retry-after': '1' }) });
    response.end(refusal ?? 'ok');
  }

  /** Keeps what it takes. */
  private refusalOf({ method, url = '', headers }: IncomingMessage, text: string): string | undefined {
    if (method !== 'POST' || headers['content-type'] !== 'application/json') return 'invalid_request';
    const body: unknown = JSON.parse(text);
    if (url === new URL(this.webhook).pathname) {
      const taken = message.safeParse(body);
      if (taken.success) this.messages.push(taken.data);
      return taken.success ? undefined : `invalid_blocks: ${taken.error.message}`;
    }
    const uses = this.responses.get(url);
    if (uses === undefined || uses >= MAX_REPLIES) return 'used_url';
    this.responses.set(url, uses + 1);
    const taken = reply.safeParse(body);
    if (taken.success) this.replies.push(taken.data);
    return taken.success ? undefined : `invalid_payload: ${taken.error.message}`;
  }
}
