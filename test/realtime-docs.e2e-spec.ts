import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const page = readFileSync('docs/realtime.md', 'utf8');

let gateway: TestGateway;
let directory: string;

beforeAll(async () => {
  gateway = await startGateway({ services: [GatewayModule] });
  // within the project, for its packages to be found
  directory = mkdtempSync(join('node_modules', '.example-'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await gateway.close();
});

it.each([
  ['socket-io', { MCP_KEY: ADMIN_KEY }, 'MCP_ADMIN_KEY'],
  ['socket-io', {}, 'local'],
  ['websocket', { MCP_KEY: ADMIN_KEY }, 'MCP_ADMIN_KEY'],
  ['websocket', {}, 'local'],
])('the example of docs/realtime.md works: %s, %j', async (name, env, subject) => {
  const [, program] = new RegExp(`\`\`\`js ${name}\\n(.*?)\`\`\``, 's').exec(page)!;
  const file = join(directory, `${name}.mjs`);
  writeFileSync(file, program!);
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    env: { ...process.env, GATEWAY: gateway.url, ...env },
  });
  expect(stdout.trim().split('\n')).toEqual([
    `connected as ${subject}`,
    'start gateway.echo',
    'end gateway.echo',
    'hello',
  ]);
});
