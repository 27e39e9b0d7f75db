import { expect, it } from 'vitest';
import { secretsOfServers } from './server-secrets.js';
import { serverEntries } from './server-entry.js';

it('secrets of servers are found by their names, with their variables filled in', () => {
  const servers = serverEntries.parse({
    remote: { url: 'https://mcp.example.com', headers: { Authorization: 'Bearer ${TOKEN}', 'X-Team': 'blue' } },
    local: { command: 'run', env: { API_KEY: 'of-the-process', MODE: 'fast' } },
    lacking: { url: 'https://mcp.example.com', headers: { Authorization: '${MISSING}' } },
  });
  expect(secretsOfServers({ servers }, { TOKEN: 'of-the-address' })).toEqual([
    'Bearer of-the-address',
    'of-the-address',
    'of-the-process',
    'of-the-process',
  ]);
});
