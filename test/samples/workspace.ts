import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample, ServiceSamples } from './sample.js';

/** Works in a directory of its own. */
export async function workspaceSamples(): Promise<ServiceSamples> {
  const directory = mkdtempSync(join(tmpdir(), 'workspace-'));
  writeFileSync(join(directory, 'notes.txt'), 'one\ntwo\nthree\n');
  const samples: Record<string, Sample> = {
    'workspace.read_file': {
      input: { path: 'notes.txt', offset: 1, limit: 1 },
      command: '/mcp-workspace read_file notes.txt --offset 1 --limit 1',
    },
  };
  return {
    env: { MCP_WORKING_DIR: directory },
    samples,
    close: async () => rmSync(directory, { recursive: true }),
  };
}
