import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Canaries } from './canaries.js';

const unsteady = fileURLToPath(new URL('../fixtures/upstreams/unsteady-server.js', import.meta.url));

interface Around {
  /** Where files of secrets are. */
  directory: string;
  /** A server that stands for every back end. */
  backEnd: string;
  databaseUrl: string;
  readerUrl: string;
}

/** An environment in which every secret setting holds a canary, every second of them in a file. */
export function seededEnvironment(canaries: Canaries, { directory, backEnd, databaseUrl, readerUrl }: Around) {
  canaries.add('DATABASE_URL', new URL(databaseUrl).password);
  canaries.add('POSTGRES_SHOP_URL', new URL(readerUrl).password);
  const reader = new URL(readerUrl);
  reader.password = encodeURIComponent(canaries.add('POSTGRES_WRONG_URL', `${canaries.of('wrong')}/+=%:@`));
  const dead = 'postgres://reader@127.0.0.1:1/shop';
  const proxy = new URL(backEnd);
  const proxied = (name: string) => `http://proxy-user:${canaries.of(name)}@${proxy.host}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  canaries.add('GITHUB_PRIVATE_KEY', pem.split('\n')[5]!);
  const secrets: Record<string, string> = {
    DATABASE_URL: databaseUrl,
    MCP_ADMIN_KEY: canaries.of('MCP_ADMIN_KEY'),
    MCP_SECRET_KEY: canaries.of('MCP_SECRET_KEY'),
    MCP_SECRET_KEY_PREVIOUS: canaries.of('MCP_SECRET_KEY_PREVIOUS'),
    JWT_SECRET: canaries.of('JWT_SECRET'),
    JWT_SECRET_PREVIOUS: canaries.of('JWT_SECRET_PREVIOUS'),
    HTTPS_PROXY: proxied('HTTPS_PROXY'),
    HTTP_PROXY: proxied('HTTP_PROXY'),
    MEM0_API_KEY: canaries.of('MEM0_API_KEY'),
    EMBEDDINGS_KEY: canaries.of('EMBEDDINGS_KEY'),
    N8N_API_KEY: canaries.of('N8N_API_KEY'),
    N8N_WEBHOOK_HEADER: `Authorization: Bearer ${canaries.of('N8N_WEBHOOK_HEADER')}`,
    POSTGRES_SHOP_URL: readerUrl,
    POSTGRES_WRONG_URL: reader.href,
    POSTGRES_DEAD_URL: dead,
    POSTGRES_DEAD_PASSWORD: canaries.of('POSTGRES_DEAD_PASSWORD'),
    GITHUB_PAT: canaries.of('GITHUB_PAT'),
    GITHUB_PRIVATE_KEY: pem.replaceAll('\n', '\\n'),
    CLOUDFLARE_API_TOKEN: canaries.of('CLOUDFLARE_API_TOKEN'),
    ALERT_WEBHOOK_URL: `${backEnd}/hook/${canaries.of('ALERT_WEBHOOK_URL')}`,
    ALERT_SLACK_URL: `${backEnd}/slack/${canaries.of('ALERT_SLACK_URL')}`,
    ALERT_PAGERDUTY_KEY: canaries.of('ALERT_PAGERDUTY_KEY'),
    REDIS_URL: `redis://:${canaries.of('REDIS_URL')}@127.0.0.1:1`,
    MCP_SERVERS: JSON.stringify(servers(canaries, backEnd)),
  };
  mkdirSync(directory, { recursive: true });
  const environment = Object.fromEntries(
    Object.entries(secrets).map(([name, text], i) => {
      const file = join(directory, name);
      if (i % 2 === 0 || /_URL$|PROXY$/.test(name)) return [name, text];
      writeFileSync(file, `${text}\n`);
      return [`${name}_FILE`, file];
    }),
  );
  return {
    secrets,
    environment: {
      ...environment,
      NO_PROXY: '127.0.0.1,localhost',
      MY_OWN_TOKEN: canaries.of('a variable that a server refers to'),
      GITHUB_API_URL: backEnd,
      CLOUDFLARE_API_URL: backEnd,
      CLOUDFLARE_ACCOUNT_ID: 'account',
      N8N_API_URL: backEnd,
      MEM0_API_URL: backEnd,
      EMBEDDINGS_URL: backEnd,
    },
  };
}

/** Names of the children's own secrets, which their own environment and words may hold. */
export const OF_THE_CHILD = ['env of a server', 'an option of a server', 'a variable that a server refers to'];

function servers(canaries: Canaries, backEnd: string) {
  return {
    leaky: {
      command: process.execPath,
      args: [unsteady, '{}', '--api-key', canaries.of('an option of a server')],
      cwd: process.cwd(),
      env: { LEAKY_TOKEN: canaries.of('env of a server'), OTHER_TOKEN: '${MY_OWN_TOKEN}' },
    },
    remote: {
      url: `${backEnd}/ok?api_key=${canaries.of('the URL of a server')}`,
      headers: { 'X-Api-Key': canaries.of('a header of a server') },
    },
    bearer: { url: `${backEnd}/denied`, auth: { type: 'bearer', token: canaries.of('the token of a server') } },
    client: {
      url: `${backEnd}/oauth`,
      auth: {
        type: 'client-credentials',
        clientId: 'gateway',
        clientSecret: canaries.of('the client secret of a server'),
        issuer: new URL(backEnd).origin,
      },
    },
  };
}

/** Variables that the example environment marks as secret. */
export function secretVariables(): string[] {
  const example = readFileSync('.env.example', 'utf8');
  return [...example.matchAll(/\(secret\).*\n(?:# .*\n)*#([A-Z0-9_<>]+?)=/g)].map(([, name]) => name!);
}

/** GET routes without parameters, as the test of routes lists them. */
export function plainRoutes(): string[] {
  const listed = readFileSync('test/routes.e2e-spec.ts', 'utf8');
  return [...listed.matchAll(/^ +GET +(\/\S*) /gm)].map(([, path]) => path!).filter((path) => !path.includes(':'));
}
