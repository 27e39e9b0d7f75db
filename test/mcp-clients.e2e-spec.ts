import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SupervisedUpstreams } from '#libs/core';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { mcpTools } from './mcp-tools/tools.js';
import { officialClients, type AnyClient } from './official-clients.js';

// each of the Inspector's runs is a process
vi.setConfig({ testTimeout: 60_000 });

const tools = await mcpTools();
const ada = { fillIn: () => ({ name: 'Ada' }), say: () => 'It is sunny' };

/** How the tools of server-everything are called at an address. */
const addresses: [address: string, named: (tool: string) => string][] = [
  ['/mcp', (tool) => `everything__${tool}`],
  ['/mcp/servers/everything', (tool) => tool],
  ['/mcp/toolsets/some', (tool) => `everything__${tool}`],
];

const textOf = (result: Awaited<ReturnType<AnyClient['callTool']>>) => JSON.stringify(result.content);

describe.skipIf(!tools)('server-everything behind the gateway', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    const { command, file } = tools!.everything;
    // a checkout below /tmp is seen where it is the working directory
    const servers = { everything: { command, args: [file], cwd: process.cwd() } };
    const toolsets = { some: { tools: ['everything.*'] } };
    const env = { MCP_SERVERS: JSON.stringify(servers), MCP_TOOLSETS: JSON.stringify(toolsets) };
    gateway = await startGateway({ env });
    const upstream = gateway.gateway.app.get(SupervisedUpstreams).find('everything')!;
    await upstream.reached(60_000);
    // it lists those that ask only to clients that can be asked, on a connection of their own
    const isListed = () =>
      expect(upstream.offer.tools.map(({ name }) => name)).toContain('trigger-elicitation-request');
    await vi.waitFor(isListed, { timeout: 60_000, interval: 50 });
  }, 120_000);
  afterAll(() => gateway.close());

  describe.each(Object.entries(officialClients))('with %s', (_kind, connect) => {
    describe.each(addresses)('at %s', (address, named) => {
      let client: AnyClient;
      const call = (tool: string, input: Record<string, unknown>, options = {}) =>
        client.callTool({ name: named(tool), arguments: input }, options);
      beforeAll(async () => {
        client = await connect(new URL(address, gateway.url), ada);
      });
      afterAll(() => client.close());

      it('lists, calls, reads and gets a prompt', async () => {
        const { tools: listed } = await client.listTools();
        expect(listed.map(({ name }) => name)).toContain(named('echo'));
        expect(await call('echo', { message: 'hello' })).toMatchObject({
          content: [{ type: 'text', text: 'Echo: hello' }],
        });
        const { resources } = await client.listResources();
        const { uri } = resources.find(({ name }) => name === 'features.md')!;
        const { contents } = await client.readResource({ uri });
        expect(contents).toMatchObject([{ uri, text: expect.stringContaining('Features') as string }]);
        const { prompts } = await client.listPrompts();
        const { name } = prompts.find((prompt) => prompt.name.endsWith('simple-prompt'))!;
        expect(await client.getPrompt({ name })).toMatchObject({ messages: [{ role: 'user' }] });
      });

      it('follows a call, and ends one', async () => {
        const steps: unknown[] = [];
        const onprogress = ({ progress, total }: { progress: number; total?: number }) => steps.push([progress, total]);
        await call('trigger-long-running-operation', { duration: 0.2, steps: 2 }, { onprogress });
        expect(steps).toEqual([
          [1, 2],
          [2, 2],
        ]);
        const leaving = new AbortController();
        const long = call(
          'trigger-long-running-operation',
          { duration: 300, steps: 3_000 },
          { signal: leaving.signal, onprogress: () => leaving.abort(new Error('enough')) },
        );
        await expect(long).rejects.toThrow('enough');
      });

      it('is asked for what a person says, and for what a model says', async () => {
        expect(textOf(await call('trigger-elicitation-request', {}))).toContain('Ada');
        expect(textOf(await call('trigger-sampling-request', { prompt: 'The weather?' }))).toContain('It is sunny');
      });
    });
  });

  describe.each(['legacy', 'auto', 'modern'])('with the Inspector in era %s', (era) => {
    async function inspect(address: string, ...args: string[]) {
      const { command, file } = tools!.inspector;
      const target = [file, '--cli', gateway.url + address, '--transport', 'http', '--protocol-era', era];
      const { stdout } = await promisify(execFile)(command, [
        ...target,
        '--header',
        `X-MCP-Key: ${ADMIN_KEY}`,
        '--format',
        'json',
        '--quiet',
        ...args,
      ]);
      return JSON.stringify(JSON.parse(stdout));
    }

    it('lists, calls everywhere, reads and gets a prompt', async () => {
      const own = '/mcp/servers/everything';
      const uri = 'demo://resource/static/document/features.md';
      const runs: [found: string, address: string, ...args: string[]][] = [
        ['"everything__echo"', '/mcp', '--method', 'tools/list'],
        ...addresses.map(([address, named]): [string, string, ...string[]] => {
          const call = ['--method', 'tools/call', '--tool-name', named('echo'), '--tool-arg', 'message=hi'];
          return ['Echo: hi', address, ...call];
        }),
        ['Features', own, '--method', 'resources/read', '--uri', uri],
        ['"messages"', own, '--method', 'prompts/get', '--prompt-name', 'simple-prompt'],
      ];
      for (const [found, address, ...args] of runs) expect(await inspect(address, ...args)).toContain(found);
    });
  });
});
