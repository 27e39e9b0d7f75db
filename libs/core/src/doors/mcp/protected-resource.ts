import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { actions, type Caller, type OperationError } from '#libs/kit';
import { JwtSettings } from '../../access/jwt.settings.js';
import { ServerSettings } from '../../config/server.settings.js';
import { errorHeaders } from '../../errors/error-table.js';

/** Where the metadata is found (RFC 9728, section 3.1). */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** The MCP door as a resource that tokens of an authorization server open (OAuth 2.1, RFC 9728). */
@Injectable()
export class ProtectedResource {
  constructor(
    private readonly jwt: JwtSettings,
    private readonly server: ServerSettings,
  ) {}

  /** Undefined where no authorization server is configured. */
  metadata(request: IncomingMessage) {
    const { issuer } = this;
    if (issuer === undefined) return undefined;
    return {
      resource: `${this.originOf(request)}/mcp`,
      authorization_servers: [issuer],
      scopes_supported: [...actions],
      bearer_methods_supported: ['header'],
      resource_name: 'MCP Gateway',
    };
  }

  /** What a refusal at the MCP door says of how to get further, besides what every door says. */
  headersOf(error: OperationError, request: IncomingMessage): Record<string, string> {
    const headers = errorHeaders(error);
    if (error.kind !== 'unauthenticated' || this.issuer === undefined) return headers;
    return { ...headers, 'www-authenticate': this.challenge(request) };
  }

  /**
   * Status and headers of an answer that refuses one request. A token that lacks a permission is told by 403, from which
   * its client can go and ask for more; everybody else finds the error in an answer with the usual status.
   */
  refusal(error: OperationError, caller: Caller, request: IncomingMessage, status: number) {
    const headers = errorHeaders(error);
    const { permission } = error.details;
    const canAsk = error.kind === 'forbidden' && caller.kind === 'jwt' && this.issuer !== undefined;
    if (!canAsk || permission === undefined) return { status, headers };
    const challenge = this.challenge(request, `, error="insufficient_scope", scope="${permission}"`);
    return { status: 403, headers: { ...headers, 'www-authenticate': challenge } };
  }

  private challenge(request: IncomingMessage, more = ''): string {
    return `Bearer realm="mcp-gateway", resource_metadata="${this.originOf(request)}${METADATA_PATH}/mcp"${more}`;
  }

  /** Clients fetch the server's own metadata below it, so it must be an address. */
  private get issuer(): string | undefined {
    const { issuer, jwksUrl } = this.jwt;
    return jwksUrl !== undefined && issuer !== undefined && /^https?:\/\//.test(issuer) ? issuer : undefined;
  }

  /** The edge has checked the `Host` by now. */
  private originOf({ headers }: IncomingMessage): string {
    return this.server.publicUrl?.replace(/\/+$/, '') ?? `http://${headers.host ?? ''}`;
  }
}
