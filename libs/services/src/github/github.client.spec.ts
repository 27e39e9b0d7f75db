import type { HttpClient, HttpRequest } from '#libs/outbound';
import { textAt } from './answers.js';
import { Github } from './github.client.js';
import type { GithubSettings } from './github.settings.js';
import { expect, it } from 'vitest';

const { signal } = new AbortController();

/** A GitHub that answers all alike, and the headers of what it was asked. */
function githubThat(answer: { status: number; body: string }) {
  const asked: HttpRequest[] = [];
  const request = (sent: HttpRequest) => {
    asked.push(sent);
    const headers = { etag: '"1"', 'content-type': 'application/json' };
    return Promise.resolve({ status: answer.status, headers, body: Buffer.from(answer.body) });
  };
  const settings = { apiUrl: 'https://api.github.com', pat: 'one' };
  const github = new Github(settings as GithubSettings, { request } as unknown as HttpClient);
  return { github, asked, settings };
}

it('asks with what another credential was answered for no more', async () => {
  const { github, asked, settings } = githubThat({ status: 200, body: '{}' });
  const get = () => github.request('GET /user', {}, signal);
  await get();
  await get();
  settings.pat = 'two';
  await get();
  expect(asked.map(({ headers }) => headers?.['if-none-match'])).toEqual([undefined, '"1"', undefined]);
});

it('leaves a change in doubt whose answer can’t be read', async () => {
  const { github } = githubThat({ status: 201, body: '[]' });
  const made = github.change('POST /user/repos', {}, signal, ({ data }) => textAt(data, 'name'));
  await expect(made).rejects.toMatchObject({
    kind: 'unavailable',
    sign: 'answered',
    message: expect.stringMatching(/promises; whether the change was made is not known, so look before/) as string,
    details: { retryable: false },
  });
});
