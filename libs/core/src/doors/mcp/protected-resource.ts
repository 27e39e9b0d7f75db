import { Injectable, Logger } from '@nestjs/common';
import type { Action, Caller, OperationError, HttpRequest } from '#libs/kit';
import { JwtSettings } from '../../access/jwt.settings.js';
import { ServerSettings } from '../../config/server.settings.js';
import { errorHeaders } from '../../errors/error-table.js';

/** Where the metadata is found (RFC 9728, section 3.1). */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** What a client asks for to begin with; it comes back for more when a call lacks it (MCP, Scope Selection Strategy). */
const FIRST_SCOPE: Action = 'read';

/** The MCP door as a resource that tokens of an authorization server open (OAuth 2.1, RFC 9728). */
@Injectable()
export class ProtectedResource {
  constructor(
    private readonly jwt: JwtSettings,
    private readonly server: ServerSettings,
  ) {
    if (this.issuer !== undefined && jwt.audience === undefined) {
      new Logger('Authorization').warn(
        'JWT_AUDIENCE is not set: tokens that JWT_ISSUER made for other services are taken here too',
      );
    }
  }

  /** Undefined where no authorization server is configured. */
  metadata(request: HttpRequest) {
    const { issuer } = this;
    if (issuer === undefined) return undefined;
    return {
      resource: `${this.originOf(request)}/mcp`,
      authorization_servers: [issuer],
      scopes_supported: [FIRST_SCOPE],
      bearer_methods_supported: ['header'],
      resource_name: 'MCP Gateway',
    };
  }

  /** What a refusal at the MCP door says of how to get further, besides what every door says. */
  headersOf(error: OperationError, request: HttpRequest): Record<string, string> {
    const headers = errorHeaders(error);
    if (error.kind !== 'unauthenticated' || this.issuer === undefined) return headers;
    // a token that was sent and is not good is worth another attempt to get one (RFC 6750, section 3.1)
    const refused = request.headers.authorization === undefined ? '' : ', error="invalid_token"';
    return { ...headers, 'www-authenticate': this.challenge(request, FIRST_SCOPE, refused) };
  }

  /**
   * Status and headers of an answer that refuses one request. A token that lacks a permission is told by 403, from which
   * its client can go and ask for more; everybody else finds the error in an answer with the usual status.
   */
  refusal(error: OperationError, caller: Caller, request: HttpRequest, status: number) {
    const headers = errorHeaders(error);
    const { permission } = error.details;
    const canAsk = error.kind === 'forbidden' && caller.kind === 'jwt' && this.issuer !== undefined;
    if (!canAsk || permission === undefined) return { status, headers };
    const challenge = this.challenge(request, permission, ', error="insufficient_scope"');
    return { status: 403, headers: { ...headers, 'www-authenticate': challenge } };
  }

  private challenge(request: HttpRequest, scope: string, error: string): string {
    const metadata = `${this.originOf(request)}${METADATA_PATH}/mcp`;
    return `Bearer realm="mcp-gateway", resource_metadata="${metadata}", scope="${scope}"${error}`;
  }

  /** Clients fetch the server's own metadata below it, so it must be an address. */
  private get issuer(): string | undefined {
    const { issuer, jwksUrl } = this.jwt;
    return jwksUrl !== undefined && issuer !== undefined && /^https?:\/\//.test(issuer) ? issuer : undefined;
  }

  /** The edge has checked the `Host` by now. */
  private originOf({ headers }: HttpRequest): string {
    return this.server.publicUrl?.replace(/\/+$/, '') ?? `${this.server.scheme}://${headers.host ?? ''}`;
  }
}
