import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthorizationServer, REGISTERED } from './authorization-server.js';
import { startGateway, type TestGateway } from './gateway.js';

let server: AuthorizationServer;
let gateway: TestGateway;
beforeAll(async () => {
  server = await AuthorizationServer.open(['read', 'write']);
  gateway = await startGateway();
  const { port, origin } = new URL(gateway.url);
  await gateway.restart({
    PORT: port,
    TRUSTED_NETWORKS: 'none',
    JWT_ISSUER: server.issuer,
    JWT_JWKS_URL: server.keysUrl,
    JWT_AUDIENCE: `${origin}/mcp`,
  });
});
afterAll(async () => {
  await gateway.close();
  await server.close();
});

const CALLBACK = 'http://127.0.0.1/callback';

/** What a client keeps, and the person in front of it. */
class Person implements OAuthClientProvider {
  /** Where the client has sent the person's browser. */
  readonly visited: URL[] = [];
  readonly redirectUrl = CALLBACK;
  readonly clientMetadata = {
    client_name: 'a test',
    redirect_uris: [CALLBACK],
    token_endpoint_auth_method: 'none',
    application_type: 'native' as const,
  };
  registered: StoredOAuthClientInformation | undefined;
  token: StoredOAuthTokens | undefined;
  private discovered: OAuthDiscoveryState | undefined;
  private verifier = '';

  /** Asks for a token for this resource instead of the gateway. */
  constructor(private readonly elsewhere?: URL) {}

  clientInformation = () => this.registered;
  saveClientInformation = (client: StoredOAuthClientInformation) => void (this.registered = client);
  discoveryState = () => this.discovered;
  saveDiscoveryState = (state: OAuthDiscoveryState) => void (this.discovered = state);
  tokens = () => this.token;
  saveTokens = (token: StoredOAuthTokens) => void (this.token = token);
  redirectToAuthorization = (address: URL) => void this.visited.push(address);
  saveCodeVerifier = (verifier: string) => void (this.verifier = verifier);
  codeVerifier = () => this.verifier;
  validateResourceURL = (_server: string | URL, resource?: string) =>
    Promise.resolve(this.elsewhere ?? new URL(resource ?? ''));
}

/** A client that was registered by hand: one that registers itself may never ask for more than it did there. */
const known = () => ({ ...REGISTERED, issuer: server.issuer });

type Connected = { client: Client; transport: StreamableHTTPClientTransport };
type Mode = 'legacy' | { pin: string };

async function open(person: Person, mode: Mode): Promise<Connected> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', gateway.url), { authProvider: person });
  await client.connect(transport).catch(async (error: unknown) => {
    if (!(error instanceof UnauthorizedError)) throw error;
    await transport.finishAuth((await server.visit(person.visited.at(-1)!)).searchParams);
  });
  return { client, transport };
}

/** Connects as a person's client does: it is refused, sends the person to log in, and comes back with a token. */
async function connect(person: Person, mode: Mode): Promise<Connected> {
  expect(person.token).toBeUndefined();
  await open(person, mode);
  return open(person, mode);
}

/** Where the person was sent the last time, as far as it matters. */
function asked(person: Person) {
  const { scope, resource, code_challenge_method } = Object.fromEntries(person.visited.at(-1)!.searchParams);
  return { scope: scope?.split(' ').sort(), resource, code_challenge_method };
}

describe.each<[revision: string, mode: Mode]>([
  ['2025-11-25', 'legacy'],
  ['2026-07-28', { pin: '2026-07-28' }],
])('a client of %s', (_revision, mode) => {
  it.each([
    ['and registers itself', undefined],
    ['and is known to the authorization server', REGISTERED],
  ])('that knows only the address %s gets a token for no more than it needs, and calls', async (_way, registered) => {
    server.granted = ['read', 'write'];
    const person = new Person();
    person.registered = registered && known();
    const { client } = await connect(person, mode);
    expect(person.visited).toHaveLength(1);
    expect(asked(person)).toEqual({
      scope: ['read'],
      resource: `${gateway.url}/mcp`,
      code_challenge_method: 'S256',
    });
    expect(person.registered?.client_id).toEqual(registered?.client_id ?? expect.any(String));
    const { structuredContent } = await client.callTool({ name: 'gateway_whoami', arguments: {} });
    expect(structuredContent).toMatchObject({ id: 'jwt:ada', permissions: ['read'], recognisedBy: 'jwt' });
    await client.close();
  });

  it('whose call needs more asks its person for that, and goes on where it was', async () => {
    server.granted = ['read', 'write'];
    const person = new Person();
    person.registered = known();
    const { client, transport } = await connect(person, mode);
    const write = () => client.callTool({ name: 'postgres_execute', arguments: {} });
    await expect(write()).rejects.toThrow(UnauthorizedError);
    expect(asked(person).scope).toEqual(['read', 'write']);
    await transport.finishAuth((await server.visit(person.visited.at(-1)!)).searchParams);
    // it may now, and is told what is wrong with its arguments
    const text = expect.stringMatching(/^invalid: /) as string;
    expect(await write()).toMatchObject({ isError: true, content: [{ type: 'text', text }] });
    await client.close();
  });

  it('whose person refuses that is refused again', async () => {
    server.granted = ['read'];
    const person = new Person();
    person.registered = known();
    const { client, transport } = await connect(person, mode);
    const write = () => client.callTool({ name: 'postgres_execute', arguments: {} });
    await expect(write()).rejects.toThrow(UnauthorizedError);
    await transport.finishAuth((await server.visit(person.visited.at(-1)!)).searchParams);
    expect(person.token?.scope).toBe('read');
    await expect(write()).rejects.toThrow(UnauthorizedError);
    await client.close();
  });

  it('with a token for another resource is refused', async () => {
    server.granted = ['read'];
    const person = new Person(new URL('https://other.example.com/mcp'));
    await open(person, mode);
    expect(person.token).toMatchObject({ scope: 'read' });
    const headers = {
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${person.token!.access_token}`,
    };
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    const refused = await gateway.post('/mcp', ping, headers);
    const metadata = `${gateway.url}/.well-known/oauth-protected-resource/mcp`;
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      `Bearer realm="mcp-gateway", resource_metadata="${metadata}", scope="read", error="invalid_token"`,
    ]);
  });
});
