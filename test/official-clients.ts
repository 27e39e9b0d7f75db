import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { ADMIN_KEY } from './gateway.js';

/** What of a client is used here; all kinds have it. */
export type AnyClient = Pick<
  Client,
  'listTools' | 'callTool' | 'listResources' | 'readResource' | 'listPrompts' | 'getPrompt' | 'close'
>;

/** Who sits at a client. */
export interface Person {
  /** Fills in a form. */
  fillIn(message: string): Record<string, string>;
  /** Says what a model would. */
  say(prompt: string): string;
  /** Hears a log line. */
  hear?(line: unknown): void;
}

interface Prompted {
  readonly params: { readonly messages: readonly { readonly content: unknown }[] };
}

type Connect = (url: URL, person: Person) => Promise<AnyClient>;

/** The test is the gateway's own process, from which nobody is known by the address alone. */
const requestInit = { headers: { 'x-mcp-key': ADMIN_KEY } };
const info = { name: 'test', version: '1' };
const capabilities = { elicitation: {}, sampling: {} };

/** Clients that are pinned to an era each: one that negotiates would fall back in silence. */
export const officialClients: Record<string, Connect> = {
  'SDK v1': async (url, person) => {
    const client = new OldClient(info, { capabilities });
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => filledIn(person, params.message));
    client.setRequestHandler(CreateMessageRequestSchema, (request) => said(person, request));
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => person.hear?.(params.data));
    await client.connect(new OldTransport(url, { requestInit }));
    const callTool = client.callTool.bind(client);
    return Object.assign(client as unknown as AnyClient, {
      callTool: (params: Parameters<typeof callTool>[0], options?: object) => callTool(params, undefined, options),
    });
  },
  'SDK v2, sessions': (url, person) => newClient(url, 'legacy', person),
  'SDK v2, 2026-07-28': (url, person) => newClient(url, { pin: '2026-07-28' }, person),
};

async function newClient(url: URL, mode: 'legacy' | { pin: string }, person: Person): Promise<Client> {
  const client = new Client(info, { capabilities, versionNegotiation: { mode } });
  client.setRequestHandler('elicitation/create', ({ params }) => filledIn(person, params.message));
  client.setRequestHandler('sampling/createMessage', (request) => said(person, request));
  client.setNotificationHandler('notifications/message', ({ params }) => person.hear?.(params.data));
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  return client;
}

function filledIn(person: Person, message: string) {
  return { action: 'accept' as const, content: person.fillIn(message) };
}

function said(person: Person, { params: { messages } }: Prompted) {
  const { text } = messages[0]?.content as { text: string };
  return { role: 'assistant' as const, model: 'test', content: { type: 'text' as const, text: person.say(text) } };
}
