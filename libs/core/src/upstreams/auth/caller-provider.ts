import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  OAuthTokens,
} from '@modelcontextprotocol/client';
import type { Grant } from './grant.js';

const BEGUN_FOR_MS = 10 * 60_000;

interface CallerProviderOptions {
  readonly redirectUrl: string;
  readonly state: string;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly scope: string | undefined;
}

/** One caller's grant, as the SDK's OAuth reads and writes it. `grant` is what it has become. */
export class CallerProvider implements OAuthClientProvider {
  private url: string | undefined;
  private verifier: string | undefined;

  constructor(
    private current: Grant,
    private readonly options: CallerProviderOptions,
  ) {
    this.verifier = current.begun?.verifier;
  }

  /** Tokens that were granted end what was begun. */
  get grant(): Grant {
    return this.current;
  }

  get redirectUrl(): string {
    return this.options.redirectUrl;
  }

  get clientMetadata(): OAuthClientMetadata {
    const { redirectUrl, clientSecret, scope } = this.options;
    return {
      client_name: 'MCP Gateway',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: clientSecret === undefined ? 'none' : 'client_secret_basic',
      ...(scope !== undefined && { scope }),
    };
  }

  state(): string {
    return this.options.state;
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    const { clientId, clientSecret } = this.options;
    if (clientId === undefined) return this.current.client;
    return { client_id: clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }) };
  }

  saveClientInformation(client: OAuthClientInformationMixed): void {
    this.current = { ...this.current, client };
  }

  tokens(): OAuthTokens | undefined {
    return this.current.kept?.tokens;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.current = { ...this.current, kept: { tokens, receivedAt: Date.now() }, begun: undefined };
  }

  redirectToAuthorization(url: URL): void {
    this.url = url.href;
    const { verifier = '' } = this;
    this.current = { ...this.current, begun: { url: this.url, verifier, until: Date.now() + BEGUN_FOR_MS } };
  }

  saveCodeVerifier(verifier: string): void {
    this.verifier = verifier;
  }

  codeVerifier(): string {
    return this.verifier ?? '';
  }

  saveDiscoveryState(discovery: OAuthDiscoveryState): void {
    this.current = { ...this.current, discovery };
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.current.discovery;
  }

  invalidateCredentials(what: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void {
    if (what === 'all' || what === 'client') this.current = { ...this.current, client: undefined };
    if (what === 'all' || what === 'discovery') this.current = { ...this.current, discovery: undefined };
    if (what === 'all' || what === 'tokens') this.current = { ...this.current, kept: undefined };
  }
}
