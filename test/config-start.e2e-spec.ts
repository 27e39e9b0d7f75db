import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import fault from './faults/config-write.js';
import { useGatewayProcesses } from './process-fixture.js';

// Whole processes start in all of these.
vi.setConfig({ testTimeout: 60_000 });

const ADMIN_KEY = 'admin-key-of-the-test-gateway';
const admin = { 'x-mcp-key': ADMIN_KEY };
const whole = useGatewayProcesses();

/** Starts a gateway in a directory with these files; the config file is a JSON value or a text. */
function start(files: { dotEnv?: string; config?: unknown }, env: Record<string, string> = {}) {
  const at = whole.processes.directory();
  mkdirSync(join(at, 'config'));
  if (files.dotEnv !== undefined) writeFileSync(join(at, '.env'), files.dotEnv);
  const text = typeof files.config === 'string' ? files.config : JSON.stringify(files.config);
  if (files.config !== undefined) writeFileSync(join(at, 'config', 'mcp-router.json'), text);
  const all = { DATA_DIR: join(at, 'data'), MCP_ADMIN_KEY: ADMIN_KEY, DATABASE_URL: whole.database.url, ...env };
  return whole.processes.start({ at, env: all });
}

it('default < file < .env < environment < runtime', async () => {
  const gateway = start(
    {
      config: {
        server: { timeout: 1001, maxBodyBytes: 2001, keepAliveTimeout: 3001 },
        'security.allowedOrigins': ['https://file.example.com'],
        monitoring: { healthCheckInterval: 30 },
      },
      dotEnv: 'DEFAULT_TIMEOUT_MS=1002\nMCP_MAX_BODY_BYTES=2002\nKEEP_ALIVE_TIMEOUT_MS=3002\n',
    },
    { DEFAULT_TIMEOUT_MS: '1003', MCP_MAX_BODY_BYTES: '2003' },
  );
  await gateway.ready();
  expect((await gateway.post('/config', { 'server.timeout': 1004 }, admin)).status).toBe(200);
  const { values } = (await gateway.get('/config', admin)).body as { values: Record<string, object> };
  expect(values).toMatchObject({
    'server.timeout': { value: 1004, origin: 'runtime' },
    'server.maxBodyBytes': { value: 2003, origin: 'environment' },
    'server.keepAliveTimeout': { value: 3002, origin: 'environment' },
    'security.allowedOrigins': { value: ['https://file.example.com'], origin: 'file' },
    'server.hotPath': { value: 'on', origin: 'default' },
  });
  await gateway.post('/config', { 'server.timeout': null }, admin);
  const warning = /config\/mcp-router\.json: this version does not use monitoring\.healthCheckInterval yet/g;
  expect(gateway.stdout.match(warning)).toHaveLength(1);
});

describe('a config file that is wrong stops the start', () => {
  it.each<[config: unknown, message: string]>([
    ['{\n  "server": { "port": hush }\n}', 'config/mcp-router.json is no JSON: the mistake is at line 2, column 23.'],
    [
      { server: { port: 'hush' } },
      'The configuration has mistakes:\n  - server.port in config/mcp-router.json must be a whole number from 0 to 65535',
    ],
    [
      { server: { prot: 'hush' } },
      'The configuration has mistakes:\n  - server.prot in config/mcp-router.json is no setting; did you mean server.port',
    ],
  ])('%j', async (config, message) => {
    const gateway = start({ config });
    const { code } = await gateway.ended;
    expect([code, gateway.stderr.slice(0, message.length)]).toEqual([1, message]);
    expect(gateway.stderr + gateway.stdout).not.toContain('hush');
  });
});

it('starts with the config file that the documentation shows', async () => {
  const example = /```json config\/mcp-router\.json\n(.*?)```/s.exec(
    readFileSync('docs/configuration.md', 'utf8'),
  )?.[1];
  const gateway = start({ config: example });
  await gateway.ready();
  const { values } = (await gateway.get('/config', admin)).body as { values: Record<string, { origin: string }> };
  const fromFile = Object.keys(values).filter((key) => values[key]?.origin === 'file');
  expect(fromFile).toEqual([
    'logging.format',
    'logging.level',
    'postgres.poolMax',
    'security.allowedOrigins',
    'security.ipBlacklist',
    'security.trustedNetworks',
    'server.host',
    'server.keepAliveTimeout',
    'server.maxBodyBytes',
    'server.timeout',
  ]);
});

it(
  'a gateway that is killed while it changes its configuration has the old values or the new ones',
  { timeout: 180_000 },
  async () => {
    const lines: string[] = [];
    expect([await fault({ log: (line) => lines.push(line), options: { rounds: '4' } }), lines]).toEqual([
      true,
      expect.anything(),
    ]);
  },
);
