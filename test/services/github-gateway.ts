import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { addAcme } from '../contract/github/acme.js';
import { app, GithubServer, PAT } from '../contract/github/github-server.js';
import type { RepositoryState } from '../contract/github/state.js';
import { ADMIN_KEY, startGateway, type TestGateway } from '../gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const acmeShop = { GITHUB_OWNER: 'acme', GITHUB_REPO: 'shop' };

export const asApp = {
  ...acmeShop,
  GITHUB_APP_ID: app.id,
  GITHUB_INSTALLATION_ID: String(app.installation),
  GITHUB_PRIVATE_KEY: app.privateKey.replaceAll('\n', '\\n'),
};

export const asToken = { ...acmeShop, GITHUB_PAT: PAT };

/** A gateway and the GitHub that it reaches, as tests see them. */
export class GithubGateway {
  github!: GithubServer;
  /** acme/shop */
  repo!: RepositoryState;
  gateway!: TestGateway;

  async call(operation: string, input: object = {}) {
    const { status, headers, body } = await this.gateway.post(`/api/services/github/${operation}`, input, admin);
    const { data, error, metadata } = body as { data?: any; error?: any; metadata?: any };
    return { status, headers, data, error, metadata };
  }

  async command(command: string) {
    const { body } = await this.gateway.post('/mcp/execute', { command }, admin);
    return body as { data?: any; error?: any };
  }

  /** The state of the service as the catalog shows it. */
  async service() {
    return (await this.gateway.get('/mcp/service/github', admin)).body as { status: string; missing?: string[] };
  }

  /** The requests that GitHub saw, without those for tokens. */
  get seen(): string[] {
    return this.github.requests
      .filter(({ path }) => !path.endsWith('/access_tokens'))
      .map(({ method, path, status }) => `${method} ${path} ${status}`);
  }

  get tokensAsked(): number {
    return this.github.requests.filter(({ path }) => path.endsWith('/access_tokens')).length;
  }
}

interface GithubGatewayOptions {
  env?: Record<string, string>;
  /** Of GitHub's API: `/api/v3` for Enterprise Server. */
  basePath?: string;
  /** A gateway for each test, where it keeps in mind what GitHub said. */
  each?: boolean;
}

/** For all tests of a `describe`; each of them gets a GitHub as it was in the beginning. */
export function githubGateway({ env = asApp, basePath = '', each = false }: GithubGatewayOptions = {}): GithubGateway {
  const given = new GithubGateway();
  const start = async () => {
    given.gateway = await startGateway({ env: { GITHUB_API_URL: given.github.url, ...env } });
  };
  beforeAll(async () => {
    given.github = await GithubServer.start(basePath);
    if (!each) await start();
  });
  beforeEach(async () => {
    given.github.reset();
    given.repo = addAcme(given.github);
    if (each) await start();
  });
  afterEach(async () => {
    if (each) await given.gateway.close();
    // whatever was sent to GitHub, or answered by it, that it does not describe
    expect(given.github.violations).toEqual([]);
  });
  afterAll(async () => {
    if (!each) await given.gateway.close();
    await given.github.close();
  });
  return given;
}
