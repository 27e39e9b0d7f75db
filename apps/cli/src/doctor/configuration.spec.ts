import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { GatewayClient } from '../gateway-client.js';
import { configurationFindings } from './configuration.js';

const gateway = (host: string, url: string) =>
  ({
    url: new URL(url),
    get: () => Promise.resolve({ values: { 'server.host': { value: host, origin: 'environment' } } }),
  }) as unknown as GatewayClient;

it.each([
  ['0.0.0.0', 'http://gateway:8100', true],
  ['0.0.0.0', 'https://gateway', false],
  ['127.0.0.1', 'http://gateway:8100', false],
])('of a gateway that listens on %s and is reached at %s, warns of the encryption: %j', async (host, url, warns) => {
  const findings = await configurationFindings(gateway(host, url));
  expect(findings.some(({ subject }) => subject === 'encryption')).toBe(warns);
});

it('no advice names a variable that nothing reads', () => {
  const names = new Set(
    readFileSync('.env.example', 'utf8')
      .match(/^#?[A-Z_]+(?==)/gm)
      ?.map((name) => name.replace('#', '')),
  );
  const sources = readdirSync(import.meta.dirname).map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'));
  const texts = sources.flatMap((source) => source.match(/'[^'\n]*'|`[^`\n]*`/g) ?? []);
  const named = new Set(texts.flatMap((text) => text.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? []));
  expect([...named]).toContain('TRUSTED_PROXIES');
  expect([...named].filter((name) => !names.has(name) && !name.startsWith('MCP_GATEWAY_'))).toEqual([]);
});
