import { join } from 'node:path';
import type { Terminal } from '../terminal.js';
import { KEY_VARIABLE, type Client, type Target } from './client.js';

const SET_KEY = `Set ${KEY_VARIABLE} where it starts.`;

/** Where each client keeps its MCP servers, and in which words; as their documentation had it in November 2026. */
export const clients: readonly Client[] = [
  {
    id: 'claude-code',
    title: 'Claude Code (this project)',
    file: (target, { directory }) => ({
      path: join(directory, '.mcp.json'),
      format: 'json',
      place: ['mcpServers'],
      entry: { type: 'http', url: target.url, ...headers(target, `\${${KEY_VARIABLE}}`) },
      ...later(target),
    }),
  },
  {
    id: 'claude-desktop',
    title: 'Claude Desktop',
    file: (target, terminal) => ({
      path: join(applicationData(terminal), 'Claude', 'claude_desktop_config.json'),
      format: 'json',
      place: ['mcpServers'],
      entry: target.bridge,
      ...bridgeKey(target),
    }),
  },
  {
    id: 'cursor',
    title: 'Cursor (this project)',
    file: (target, { directory }) => ({
      path: join(directory, '.cursor', 'mcp.json'),
      format: 'json',
      place: ['mcpServers'],
      entry: { url: target.url, ...headers(target, `\${env:${KEY_VARIABLE}}`) },
      ...later(target),
    }),
  },
  {
    id: 'vscode',
    title: 'VS Code (this project)',
    file: (target, { directory }) => ({
      path: join(directory, '.vscode', 'mcp.json'),
      format: 'json',
      place: ['servers'],
      entry: { type: 'http', url: target.url, ...headers(target, '${input:mcp-gateway-key}') },
      ...(target.key && {
        beside: {
          inputs: [{ type: 'promptString', id: 'mcp-gateway-key', description: 'Key of the gateway', password: true }],
        },
        then: 'It asks for the key once, and keeps it itself.',
      }),
    }),
  },
  {
    id: 'windsurf',
    title: 'Windsurf',
    file: (target, { home }) => ({
      path: join(home, '.codeium', 'windsurf', 'mcp_config.json'),
      format: 'json',
      place: ['mcpServers'],
      entry: { serverUrl: target.url, ...headers(target, `\${env:${KEY_VARIABLE}}`) },
      ...later(target),
    }),
  },
  {
    id: 'gemini-cli',
    title: 'Gemini CLI (this project)',
    file: (target, { directory }) => ({
      path: join(directory, '.gemini', 'settings.json'),
      format: 'json',
      place: ['mcpServers'],
      entry: { httpUrl: target.url, ...headers(target, `$${KEY_VARIABLE}`) },
      ...later(target),
    }),
  },
  {
    id: 'codex',
    title: 'Codex',
    file: (target, { home }) => ({
      path: join(home, '.codex', 'config.toml'),
      format: 'toml',
      place: ['mcp_servers'],
      entry: { url: target.url, ...(target.key && { bearer_token_env_var: KEY_VARIABLE }) },
      ...later(target),
    }),
  },
  {
    id: 'zed',
    title: 'Zed (this project)',
    file: (target, { directory }) => ({
      path: join(directory, '.zed', 'settings.json'),
      format: 'json',
      place: ['context_servers'],
      entry: { source: 'custom', ...target.bridge },
      ...bridgeKey(target),
    }),
  },
  {
    id: 'stdio',
    title: 'any client that starts its servers',
    file: (target, { directory }) => ({
      path: join(directory, 'mcp.json'),
      format: 'json',
      place: ['mcpServers'],
      entry: target.bridge,
      ...bridgeKey(target),
    }),
  },
];

function headers({ key }: Target, value: string) {
  return key ? { headers: { 'X-MCP-Key': value } } : {};
}

function later({ key }: Target) {
  return key ? { then: SET_KEY } : {};
}

/** Apps that are started from a desktop know nothing of a shell's variables. */
function bridgeKey({ key, bridge }: Target) {
  if (!key || bridge.env[`${KEY_VARIABLE}_FILE`] !== undefined) return {};
  return { then: 'For a key, give --key-file with a file that holds it: its path is then written there.' };
}

function applicationData({ home, platform, env }: Pick<Terminal, 'home' | 'platform' | 'env'>): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  if (platform === 'win32') return env.APPDATA ?? join(home, 'AppData', 'Roaming');
  return env.XDG_CONFIG_HOME ?? join(home, '.config');
}
