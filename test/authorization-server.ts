import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';

/** A client that the server knows already, for those that can't register themselves. */
export const REGISTERED = { client_id: 'known-client', redirect_uris: ['http://127.0.0.1/callback'] };

/** An OpenID provider, as a team has one, on a port of its own. Its people agree to whatever is asked of them. */
export class AuthorizationServer {
  /** What a person lets a client do, of all that it asks for. */
  granted: string[] = [];
  private readonly server = createServer();
  private provider!: Provider;

  private constructor(private readonly permissions: readonly string[]) {}

  /** Starts one whose tokens carry these permissions as scopes. */
  static async open(permissions: readonly string[]): Promise<AuthorizationServer> {
    const server = new AuthorizationServer(permissions);
    server.server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    server.provider = new Provider(server.issuer, server.configuration());
    const answer = server.provider.callback();
    server.server.on('request', (request, response) => {
      if (request.url?.startsWith('/interaction/')) void server.agree(request, response);
      else void answer(request, response);
    });
    return server;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get keysUrl(): string {
    return `${this.issuer}/jwks`;
  }

  /** Goes where a client sends its person's browser, and answers the address to which that is sent back. */
  async visit(address: URL): Promise<URL> {
    const cookies = new Map<string, string>();
    let at = address;
    while (at.origin === this.issuer) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
      for (const set of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
        cookies.set(name!, value!);
      }
      const location = response.headers.get('location');
      if (location === null) throw new Error(`${at.pathname} leads nowhere: ${await response.text()}`);
      at = new URL(location, at);
    }
    return at;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private configuration(): Configuration {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    return {
      scopes: ['openid', 'offline_access', ...this.permissions],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
      cookies: { keys: ['a key of the tests'] },
      clients: [{ ...REGISTERED, token_endpoint_auth_method: 'none', application_type: 'native' }],
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      features: {
        devInteractions: { enabled: false },
        registration: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context, resource) => ({
            scope: this.permissions.join(' '),
            audience: resource,
            accessTokenFormat: 'jwt',
          }),
        },
      },
    };
  }

  /** The page on which a person logs in and agrees. */
  private async agree(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { params } = await this.provider.interactionDetails(request, response);
    const grant = new this.provider.Grant({ accountId: 'ada', clientId: String(params.client_id) });
    const asked = String(params.scope).split(' ');
    const scopes = this.granted.filter((scope) => asked.includes(scope));
    grant.addOIDCScope(asked.join(' '));
    grant.addResourceScope(String(params.resource), scopes.join(' '));
    const rejected = asked.filter((scope) => !scopes.includes(scope));
    if (rejected.length > 0) grant.rejectResourceScope(String(params.resource), rejected.join(' '));
    await this.provider.interactionFinished(request, response, {
      login: { accountId: 'ada' },
      consent: { grantId: await grant.save() },
    });
  }
}
