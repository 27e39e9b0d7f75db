import { execFile } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcesses } from './gateway-process.js';

describe('npm run bench', () => {
  let processes: GatewayProcesses;
  beforeAll(() => {
    processes = new GatewayProcesses();
    symlinkSync(import.meta.dirname, join(processes.build, 'test'));
  });
  afterAll(() => processes.close());

  async function bench(...options: string[]) {
    const args = ['test/bench/bench.js', ...options];
    return promisify(execFile)(process.execPath, args, { cwd: processes.build });
  }

  it('measures the gateway between its yardstick and the official servers', { timeout: 120_000 }, async () => {
    const { stdout } = await bench('--only', 'mcp-session', '--rounds', '1', '--seconds', '0.1');
    const rows = stdout.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| |'));
    const figures = rows.map((row) => row.split(' | ').map((cell) => Number(cell.replace(/ \|$/, ''))));
    expect(rows.map((row) => row.split(' | ')[0])).toEqual(['| node:http', '| SDK v2', '| SDK v1', '| gateway']);
    // time per request, requests, the load's own time, memory, start
    for (const [, ...each] of figures) expect(each.map((value) => value >= 0)).toEqual(Array(5).fill(true));
    expect(stdout).toMatch(/CPU time of node:http ÷ the gateway's: \*\*\d/);
  });

  it('names its parts where it is asked for another', async () => {
    await expect(bench('--only', 'nothing')).rejects.toThrow(/--only takes some of json-rpc, .*start/);
  });
});
