import type { Github } from './github.client.js';
import { putContents } from './write-file.js';
import { expect, it } from 'vitest';

const signal = new AbortController().signal;

async function sent(content: string, encoding: 'base64' | 'utf-8') {
  let body: unknown;
  const change = (_route: string, asked: { content: string }) => {
    body = asked.content;
    return Promise.resolve();
  };
  const github = { repository: () => ({ owner: 'acme', repo: 'shop' }), change } as unknown as Github;
  await putContents(github, { path: 'a', content, encoding, message: 'm' }, signal);
  return body;
}

it.each([
  ['Grüße', 'utf-8', 'R3LDvMOfZQ=='],
  ['R3LD\r\nvMOf\nZQ==\n', 'base64', 'R3LDvMOfZQ=='],
  ['', 'base64', ''],
] as const)('%j as %s is sent as %j', async (content, encoding, body) => {
  expect(await sent(content, encoding)).toBe(body);
});

it.each([['a!'], ['===='], ['=a'], [`${' '.repeat(1_000_000)}!`], [`${'A'.repeat(1_000_000)}!`]])(
  'what is no base64 is refused, however long it is',
  async (content) => {
    await expect(sent(content, 'base64')).rejects.toThrow('content: expected base64, got something else');
  },
);
