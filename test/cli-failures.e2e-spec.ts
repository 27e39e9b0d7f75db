import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine, typed, type Typed } from './command-line.js';
import { GatewayProcesses } from './gateway-process.js';

/** Something else than a gateway. */
let server: Server;
let url: string;
let answer: (response: ServerResponse) => void;
/** Of one test. */
let directory: string;

beforeAll(async () => {
  server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cli-'));
  return () => rmSync(directory, { recursive: true });
});

const run = (args: readonly string[], more?: Typed) => typed(url, args, { directory, ...more });
const json = (body: string) => (response: ServerResponse) => response.end(body);
/** Says half of what it announces. */
const cutShort = (response: ServerResponse) => {
  response.writeHead(200, { 'content-length': 100 });
  response.write('{"first": "line"}\n', () => response.destroy());
};

describe('a key that no header can carry', () => {
  it.each([
    ['of two lines', 'first-secret\nsecond-secret\n'],
    ['with letters of other scripts', 'sécret-ключ'],
    ['with a command for terminals', 'secret\u0007bell'],
  ])('%s is refused and not told', async (_what, key) => {
    answer = json('{"entries": []}');
    const file = join(directory, 'key');
    writeFileSync(file, key);
    const ofFile = await run(['logs', '--key-file', file]);
    expect(ofFile).toEqual({
      code: 2,
      stdout: '',
      stderr: `mcp-gateway: The key file ${file} has to hold one key, in one line of ASCII\n`,
    });
    const ofVariable = await run(['logs'], { env: { MCP_GATEWAY_KEY: key } });
    expect(ofVariable).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^mcp-gateway: MCP_GATEWAY_KEY has to hold/) as string,
    });
  });

  it('is one with blanks around it', async () => {
    answer = json('{"entries": []}');
    expect(await run(['logs'], { env: { MCP_GATEWAY_KEY: ' key\r\n' } })).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('what is no answer of a gateway', () => {
  it.each([
    ['a page', '<html>'],
    ['nothing', ''],
    ['an empty object', '{}'],
    ['null', 'null'],
  ])('is told in a line: %s', async (_what, body) => {
    answer = json(body);
    for (const args of [
      ['logs'],
      ['keys'],
      ['audit'],
      ['audit', 'verify'],
      ['tools'],
      ['/help'],
      ['keys', 'revoke', 'x'],
    ]) {
      const { code, stderr } = await run(args);
      if (args[1] === 'revoke') expect(code).toBe(0);
      else
        expect({ args, code, stderr }).toEqual({
          args,
          code: 1,
          stderr: expect.stringMatching(/^mcp-gateway: The answer was 200 OK, not one of a gateway\n.+\n$/) as string,
        });
    }
  });

  it.each(['null', '"text"', '<html>'])('nor is a refusal that holds %s', async (body) => {
    answer = (response) => response.writeHead(502).end(body);
    expect(await run(['logs'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/The answer was 502 Bad Gateway/) as string,
    });
  });

  it('nor one that breaks off', async () => {
    answer = cutShort;
    expect(await run(['logs'])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^mcp-gateway: The answer of .+ broke off \(\w+\)\n$/) as string,
    });
  });
});

it.each([['logs'], ['doctor'], ['audit', 'export'], ['audit', 'export', '-o', 'audit.jsonl']])(
  'ends with 130 where it is interrupted in the middle of an answer: %s %s %s %s',
  async (...args) => {
    const begun = new Promise<void>((resolve) => {
      answer = (response) => response.writeHead(200, { 'content-length': 100 }).write('{', () => resolve());
    });
    const line = new CommandLine(url, args.filter(Boolean), { directory });
    await begun;
    line.interrupt();
    expect(await line.outcome).toMatchObject({ code: 130, stderr: 'mcp-gateway: Interrupted\n' });
    expect(readdirSync(directory)).toEqual([]);
  },
);

describe('a file that the audit is written to', () => {
  const exported = (file: string) => run(['audit', 'export', '-o', file]);

  it('is whole, and for its owner alone', async () => {
    answer = json('{"first": "line"}\n');
    expect(await exported('audit.jsonl')).toEqual({ code: 0, stdout: '', stderr: '' });
    const file = join(directory, 'audit.jsonl');
    expect(readFileSync(file, 'utf8')).toBe('{"first": "line"}\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['audit.jsonl']);
    expect(await exported('audit.jsonl')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is there already/) as string,
    });
  });

  it('is not there where the answer breaks off, so that it can be tried again', async () => {
    answer = cutShort;
    expect(await exported('audit.jsonl')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/broke off/) as string,
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is told where it can not be', async () => {
    answer = json('');
    const file = join(directory, 'none', 'audit.jsonl');
    expect(await exported(file)).toEqual({
      code: 1,
      stdout: '',
      stderr: `mcp-gateway: ${file} can't be written (ENOENT)\n`,
    });
  });
});

describe.skipIf(!existsSync('/dev/full'))('output that can not be written', () => {
  let processes: GatewayProcesses;
  beforeAll(() => {
    processes = new GatewayProcesses();
  });
  afterAll(() => processes.close());

  it('is a failure', async () => {
    const full = openSync('/dev/full', 'w');
    const cli = spawn(process.execPath, [processes.cli, 'completion', 'bash'], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    const [told, [code]] = await Promise.all([text(cli.stderr!), once(cli, 'exit') as Promise<[number]>]);
    expect({ code, told }).toEqual({ code: 1, told: "mcp-gateway: The output can't be written (ENOSPC)\n" });
  });
});
