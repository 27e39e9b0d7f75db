import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample, ServiceSamples } from './sample.js';
import { gitSamples } from './workspace-git.js';

const edit = { oldText: 'two', newText: 'zwei' };

/** Works in a directory of its own. */
export async function workspaceSamples(): Promise<ServiceSamples> {
  const directory = mkdtempSync(join(tmpdir(), 'workspace-'));
  const at = (...names: string[]) => join(directory, ...names);
  mkdirSync(at('src'));
  writeFileSync(at('src/notes.txt'), 'one\ntwo\nthree\n');
  const samples: Record<string, Sample> = {
    'workspace.read_file': {
      input: { path: 'src/notes.txt', offset: 1, limit: 1 },
      command: '/mcp-workspace read_file src/notes.txt --offset 1 --limit 1',
    },
    'workspace.get_file_info': { input: { path: 'src' }, command: '/mcp-workspace get_file_info src' },
    'workspace.list_directory': { input: { path: 'src' }, command: '/mcp-workspace list_directory src' },
    'workspace.directory_tree': { input: { path: 'src' }, command: '/mcp-workspace directory_tree src' },
    'workspace.search_files': {
      input: { path: 'src', pattern: '*.txt', regex: 'o$' },
      command: '/mcp-workspace search_files src *.txt o$',
    },
    'workspace.write_file': {
      input: { path: 'written.txt', content: 'a line\n' },
      command: `/mcp-workspace write_file written.txt 'a line\n'`,
      before: async () => rmSync(at('written.txt'), { force: true }),
    },
    'workspace.edit_file': {
      input: { path: 'edited.txt', edits: [edit] },
      command: `/mcp-workspace edit_file edited.txt ${JSON.stringify({ edits: [edit] })}`,
      before: async () => writeFileSync(at('edited.txt'), 'one\ntwo\nthree\n'),
    },
    'workspace.create_directory': {
      input: { path: 'made/deep' },
      command: '/mcp-workspace create_directory made/deep',
      before: async () => rmSync(at('made'), { recursive: true, force: true }),
    },
    'workspace.move_file': {
      input: { source: 'here.txt', destination: 'there.txt' },
      command: '/mcp-workspace move_file here.txt there.txt',
      before: async () => {
        rmSync(at('there.txt'), { force: true });
        writeFileSync(at('here.txt'), 'moved');
      },
    },
  };
  return {
    env: { MCP_WORKING_DIR: directory },
    samples: { ...samples, ...gitSamples(directory) },
    close: async () => rmSync(directory, { recursive: true }),
  };
}
