import { describe, expect, it, vi } from 'vitest';
import { blobSha } from '../contract/github/state.js';
import { githubGateway } from './github-gateway.js';

const given = githubGateway();
const call = (operation: string, input: object = {}) => given.call(operation, input);

describe('the commands of people', () => {
  it('list the repositories of an organization', async () => {
    given.github.organizations.add('ozean-licht');
    given.github.addRepository('ozean-licht', 'videos');
    given.github.addRepository('ozean-licht', 'site', false);
    const { data } = await given.command('/mcp-github list-repos ozean-licht');
    const names = data.repos.map(({ fullName }: { fullName: string }) => fullName);
    expect(names.sort()).toEqual(['ozean-licht/site', 'ozean-licht/videos']);
    expect(data.nextCursor).toBeNull();
  });

  it('open a pull request from the branch that was pushed last, into the default branch', async () => {
    given.repo.commit('feature', 'Add it', { 'feature.md': 'new' });
    const { data } = await given.command('/mcp-github create-pr "feat: Add feature" "Description here"');
    expect(data).toMatchObject({
      title: 'feat: Add feature',
      body: 'Description here',
      head: { ref: 'feature' },
      base: { ref: 'main' },
      draft: false,
    });
    expect((await call('get-pr', { number: data.number })).data).toEqual(data);
  });

  it('list issues with a label, and no pull requests', async () => {
    given.repo.addPull({ title: 'A fix', head: 'basket', labels: ['bug'] });
    const { data } = await given.command('/mcp-github list-issues --label=bug');
    expect(data.issues).toMatchObject([
      { title: 'The shop is closed on Sundays', labels: ['bug'], isPullRequest: false },
    ]);
    expect(data.issues).toHaveLength(1);
  });

  it('merge a pull request', async () => {
    given.repo.issues.set(122, { ...given.repo.addIssue({ title: 'The last before' }), number: 122 });
    given.repo.commit('later', 'Add what comes later', { 'src/later.ts': 'export const later = 1;\n' });
    expect(given.repo.addPull({ title: 'What comes later', head: 'later' }).number).toBe(123);
    const { data } = await given.command('/mcp-github merge-pr 123');
    expect(data).toEqual({
      merged: true,
      sha: given.repo.branches.get('main'),
      message: 'Pull Request successfully merged',
    });
    expect((await call('get-pr', { number: 123 })).data).toMatchObject({ state: 'closed', merged: true });
    expect((await call('get-file', { path: 'src/later.ts' })).data.text).toBe('export const later = 1;\n');
  });
});

describe('lists', () => {
  it('go page by page to their end', async () => {
    for (let i = 1; i <= 5; i += 1) given.repo.addIssue({ title: `Issue ${i}`, labels: ['many'] });
    const titles: string[] = [];
    let cursor: string | undefined;
    do {
      const { data } = await call('list-issues', { labels: ['many'], limit: 2, cursor });
      titles.push(...data.issues.map(({ title }: { title: string }) => title));
      cursor = data.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(titles).toEqual([5, 4, 3, 2, 1].map((i) => `Issue ${i}`));
  });

  it('refuse a cursor that is none, before GitHub is asked', async () => {
    const { error } = await call('list-prs', { cursor: 'https://elsewhere.example/?page=2' });
    expect(error).toMatchObject({ kind: 'invalid', details: { issues: [{ path: 'cursor' }] } });
    expect(given.seen).toEqual([]);
  });

  it('add what else of GitHub’s is asked for', async () => {
    const { data } = await call('list-prs', { fields: ['head.label', 'node_id'] });
    expect(data.pullRequests).toMatchObject([{ number: 1, extra: { 'head.label': 'acme:basket', node_id: 'text' } }]);
    expect((await call('get-issue', { number: 3, fields: ['*'] })).data.extra).toMatchObject({
      title: 'Sell more',
      locked: false,
    });
  });

  it('of an owner that is no organization are those of a user', async () => {
    given.github.addRepository('ada', 'notes', false);
    expect((await call('list-repos', { owner: 'ada' })).data.repos).toMatchObject([{ fullName: 'ada/notes' }]);
    expect(given.seen.map((request) => request.replace(/\?\S*/, ''))).toEqual([
      'GET /orgs/ada/repos 404',
      'GET /users/ada/repos 200',
    ]);
  });
});

describe('an answer that has not changed', () => {
  it('is not sent again, and is noticed when it changes', async () => {
    const { number } = given.repo.addIssue({ title: 'Asked for nowhere else' });
    const first = await call('get-issue', { number });
    const second = await call('get-issue', { number });
    expect(second.data).toEqual(first.data);
    await call('update-issue', { number, title: 'Another title' });
    expect((await call('get-issue', { number })).data).toEqual({ ...first.data, title: 'Another title' });
    const path = `/repos/acme/shop/issues/${number}`;
    expect(given.seen).toEqual([`GET ${path} 200`, `GET ${path} 304`, `PATCH ${path} 200`, `GET ${path} 200`]);
  });
});

describe('create-pr', () => {
  const create = (input: object = {}) => call('create-pr', { title: 'New', ...input });

  it('passes over branches that have a pull request or are gone', async () => {
    given.repo.commit('wanted', 'Add it', { 'a.md': 'a' });
    given.repo.commit('gone', 'Add it', { 'b.md': 'b' });
    given.repo.deleteBranch('gone');
    given.repo.commit('basket', 'More', { 'c.md': 'c' });
    expect((await create()).data.head.ref).toBe('wanted');
  });

  it('asks for head where no branch is left', async () => {
    const { status, error } = await create();
    expect({ status, error }).toMatchObject({
      status: 400,
      error: { kind: 'invalid', details: { issues: [{ path: 'head' }] } },
    });
  });

  it.each([
    [{ head: 'nowhere' }, 'Validation Failed; head: invalid'],
    [{ head: 'basket' }, 'A pull request already exists for acme:basket.'],
    [{ head: 'main' }, 'No commits between main and main'],
    [{ head: 'basket', base: 'nowhere' }, 'base: invalid'],
  ])('with %j says why GitHub refuses it', async (input, words) => {
    const { status, error } = await create(input);
    expect({ status, kind: error.kind }).toEqual({ status: 422, kind: 'failed' });
    expect(error.message).toContain(words);
  });
});

describe('merge-pr', () => {
  it('fails where it can’t be merged', async () => {
    given.repo.issues.get(1)!.pull!.conflicts = true;
    expect((await call('get-pr', { number: 1 })).data).toMatchObject({ mergeable: false, mergeableState: 'dirty' });
    const { error } = await call('merge-pr', { number: 1 });
    expect(error).toMatchObject({ kind: 'failed', message: 'GitHub refuses this: Pull Request is not mergeable' });
  });

  it('fails where something was pushed since', async () => {
    const sha = given.repo.find('basket')!.sha;
    given.repo.commit('basket', 'More', { 'more.md': 'more' });
    const { error } = await call('merge-pr', { number: 1, sha });
    expect(error).toMatchObject({ kind: 'failed', details: { status: 409 } });
    expect(error.message).toContain('Head branch was modified');
    expect(given.repo.issues.get(1)!.state).toBe('open');
  });
});

describe('reviews', () => {
  it('are listed with their threads', async () => {
    const line = { path: 'src/basket.ts', line: 1, body: 'Better 2' };
    const { data } = await call('review-pr', { number: 1, event: 'request-changes', body: 'Almost', comments: [line] });
    expect(data).toMatchObject({ state: 'CHANGES_REQUESTED', body: 'Almost' });
    await call('approve-pr', { number: 1, body: 'Good' });
    const reviews = (await call('pr-reviews', { number: 1 })).data.reviews as { state: string }[];
    expect(reviews.map(({ state }) => state)).toEqual(['COMMENTED', 'CHANGES_REQUESTED', 'APPROVED']);
    const { threads } = (await call('pr-review-threads', { number: 1, unresolvedOnly: true })).data;
    expect(threads).toMatchObject([
      { path: 'src/basket.ts', isResolved: false, comments: [{ user: null, body: 'And then?' }] },
      { path: 'src/basket.ts', line: 1, comments: [{ user: 'gateway[bot]', body: 'Better 2' }], moreComments: false },
    ]);
  });

  it('page through threads', async () => {
    const first = (await call('pr-review-threads', { number: 1, limit: 1 })).data;
    expect(first).toMatchObject({ threads: [{ id: 'PRRT_1' }], nextCursor: '1' });
    const second = (await call('pr-review-threads', { number: 1, limit: 1, cursor: first.nextCursor })).data;
    expect(second).toMatchObject({ threads: [{ id: 'PRRT_2' }], nextCursor: null });
  });

  it('can’t approve one’s own', async () => {
    given.repo.issues.get(1)!.user = 'gateway[bot]';
    expect((await call('approve-pr', { number: 1 })).error.message).toContain('Can not approve your own pull request');
  });

  it.each([
    ['review-pr', { number: 1 }, 'body'],
    ['review-pr', { number: 1, event: 'request-changes', comments: [{ path: 'a', line: 1, body: 'b' }] }, 'body'],
    ['request-reviewers', { number: 1 }, 'reviewers'],
    ['update-pr', { number: 1 }, 'title'],
    ['update-issue', { number: 2 }, 'title'],
    ['run-logs', {}, 'runId'],
    ['delete-branch', { name: 'main' }, 'name'],
    ['put-file', { path: 'a', content: '~', message: 'm', encoding: 'base64' }, 'content'],
  ])('%s with %j lacks something in %s', async (operation, input, path) => {
    expect((await call(operation, input)).error).toMatchObject({ kind: 'invalid', details: { issues: [{ path }] } });
  });

  it('of a pull request that is not there says so', async () => {
    expect((await call('pr-review-threads', { number: 99 })).error).toMatchObject({
      kind: 'failed',
      message: 'GitHub refuses this: Could not resolve to a PullRequest with the number of 99.',
    });
  });
});

describe('pr-checks', () => {
  const sha = () => given.repo.find('basket')!.sha;

  it.each([
    ['success', [], []],
    ['failure', [['lint', 'completed', 'failure']], []],
    ['failure', [['lint', 'in_progress', null]], [['old', 'error']]],
    ['pending', [['lint', 'queued', null]], []],
    ['success', [['lint', 'completed', 'skipped']], [['old', 'success']]],
  ] as [string, [string, string, string | null][], [string, string][]][])(
    'is %s with %j and %j',
    async (state, checks, statuses) => {
      given.repo.checks.push(...checks.map(([name, status, conclusion]) => ({ name, sha: sha(), status, conclusion })));
      given.repo.statuses.push(...statuses.map(([context, said]) => ({ context, sha: sha(), state: said })));
      const { data } = await call('pr-checks', { number: 1 });
      expect(data).toMatchObject({ sha: sha(), state, more: false });
      expect(data.checks).toHaveLength(2 + checks.length + statuses.length);
    },
  );

  it('is none where nobody checks', async () => {
    given.repo.checks.length = 0;
    given.repo.statuses.length = 0;
    expect((await call('pr-checks', { number: 1 })).data).toEqual({
      sha: sha(),
      state: 'none',
      checks: [],
      more: false,
    });
  });
});

describe('files', () => {
  it('are read as text, listed by directory, and described where they are binary', async () => {
    expect((await call('get-file', { path: 'src/shop.ts' })).data).toEqual({
      type: 'file',
      path: 'src/shop.ts',
      sha: blobSha(Buffer.from('export const shop = 1;\n')),
      size: 23,
      binary: false,
      text: 'export const shop = 1;\n',
    });
    const { data: root } = await call('get-file');
    expect(root).toMatchObject({ type: 'directory', path: '', sha: null });
    expect(root.entries).toEqual([
      { name: 'README.md', type: 'file', size: 7 },
      { name: 'src', type: 'dir', size: 0 },
      { name: 'logo.png', type: 'file', size: 4 },
    ]);
    const { data: logo } = await call('get-file', { path: 'logo.png' });
    expect(logo).toMatchObject({ binary: true, size: 4 });
    expect(logo).not.toHaveProperty('text');
    expect((await call('get-file', { path: 'logo.png', base64: true })).data.base64).toBe('iVAA/w==');
  });

  it('over a megabyte are read too', async () => {
    const text = 'äöü 0123456789\n'.repeat(100_000);
    given.repo.commit('main', 'Add a large one', { 'large.txt': text });
    const { data, metadata } = await call('get-file', { path: 'large.txt' });
    expect(data).toMatchObject({ type: 'file', binary: false, size: Buffer.byteLength(text) });
    expect(text.startsWith(data.text)).toBe(true);
    expect(metadata.truncated.total).toBeGreaterThan(99_000);
  });

  it('over a megabyte keep every byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 1_100_000 }, (_, i) => (i * 7) % 251));
    given.repo.commit('main', 'Add large ones', { 'large.bin': bytes, 'marked.txt': `\uFEFF${'a'.repeat(1_100_000)}` });
    const { data } = await call('get-file', { path: 'large.bin', base64: true });
    expect(data.base64.length).toBeGreaterThan(1_000);
    expect(bytes.toString('base64').startsWith(data.base64)).toBe(true);
    const { data: described } = await call('get-file', { path: 'large.bin' });
    expect(described).toMatchObject({ binary: true, size: 1_100_000 });
    expect((await call('get-file', { path: 'marked.txt' })).data.text).toMatch(/^\uFEFFaaa/);
  });

  it('are written, replaced only with their sha, and deleted', async () => {
    const path = 'docs/größe.md';
    const { data: made } = await call('put-file', { path, content: 'Grüße\n', message: 'Add it' });
    expect(made).toMatchObject({
      path,
      created: true,
      sha: blobSha(Buffer.from('Grüße\n')),
      commit: { sha: given.repo.branches.get('main') },
    });
    const blind = await call('put-file', { path, content: 'other', message: 'Replace it' });
    expect(blind.error.message).toContain(`"sha" wasn't supplied`);
    const stale = await call('put-file', { path, content: 'other', message: 'Replace it', sha: '0'.repeat(40) });
    expect(stale.error).toMatchObject({ kind: 'failed', details: { status: 409 } });
    const { data: replaced } = await call('put-file', {
      path,
      content: 'b3RoZXI=',
      encoding: 'base64',
      message: 'Replace it',
      sha: made.sha,
    });
    expect(replaced).toMatchObject({ created: false, sha: blobSha(Buffer.from('other')) });
    expect((await call('get-file', { path })).data.text).toBe('other');
    await call('delete-file', { path, sha: replaced.sha, message: 'Remove it' });
    expect((await call('get-file', { path })).error).toMatchObject({ kind: 'failed', details: { status: 404 } });
  });
});

describe('branches', () => {
  it('are made from another one, shown, and deleted', async () => {
    const { data } = await call('create-branch', { name: 'topic/x', from: 'basket' });
    expect(data).toEqual({ name: 'topic/x', sha: given.repo.find('basket')!.sha, from: 'basket' });
    expect((await call('get-branch', { branch: 'topic/x' })).data).toMatchObject({
      sha: data.sha,
      commit: { message: 'Add the basket' },
    });
    expect((await call('create-branch', { name: 'topic/x' })).error.message).toBe(
      'GitHub refuses this: Reference already exists',
    );
    expect((await call('delete-branch', { name: 'topic/x' })).data).toEqual({ deleted: 'topic/x' });
    expect((await call('delete-branch', { name: 'topic/x' })).error.message).toBe(
      'GitHub refuses this: Reference does not exist',
    );
  });
});

describe('names that would lead elsewhere', () => {
  it.each([
    ['get-repo', { repo: '..' }],
    ['get-repo', { repo: 'acme/..' }],
    ['get-repo', { owner: '../orgs', repo: 'x' }],
    ['list-repos', { owner: '..' }],
    ['get-file', { path: '../../../user' }],
    ['get-file', { path: 'src/..' }],
    ['get-file', { path: '/etc/passwd' }],
    ['get-branch', { branch: '../..' }],
    ['get-branch', { branch: '.' }],
    ['get-commit', { ref: 'a/../b' }],
    ['create-branch', { name: '-x' }],
    ['create-branch', { name: 'x y' }],
    ['list-runs', { workflow: '..' }],
    ['dispatch-workflow', { workflow: '../ci.yml' }],
    ['create-repo', { org: 'acme', name: '..' }],
  ])('%s refuses %j before GitHub is asked', async (operation, input) => {
    expect((await call(operation, input)).error.kind).toBe('invalid');
    expect(given.seen).toEqual([]);
  });
});

describe('Actions', () => {
  it('tell why a run failed', async () => {
    const { data: run } = await call('get-run', { runId: 500 });
    expect(run).toMatchObject({ name: 'CI', conclusion: 'failure', moreJobs: false });
    expect(run.jobs.map(({ name, failedSteps }: any) => [name, failedSteps])).toEqual([
      ['test', ['Test']],
      ['lint', []],
    ]);
    expect((await call('run-logs', { runId: 500 })).data).toEqual({
      jobs: [{ id: 501, name: 'test', conclusion: 'failure', log: 'Error: 2 tests failed\nexit 1', more: false }],
      otherJobs: [{ id: 502, name: 'lint' }],
    });
    expect((await call('run-logs', { jobId: 501, tail: 1 })).data.jobs).toMatchObject([{ log: 'exit 1', more: true }]);
  });

  it('say where a job has no log', async () => {
    const [run] = given.repo.runs;
    run!.jobs = [
      { id: 801, name: 'old', conclusion: 'failure', steps: [] },
      { id: 802, name: 'new', conclusion: null, steps: [] },
    ];
    expect((await call('run-logs', { jobId: 801 })).data.jobs).toMatchObject([
      { log: '', note: 'GitHub no longer keeps this log' },
    ]);
    expect((await call('run-logs', { jobId: 802 })).data.jobs).toMatchObject([
      { log: '', note: 'The job has no log until it ends' },
    ]);
  });

  it('start, run again and cancel', async () => {
    const { data } = await call('dispatch-workflow', { workflow: 'ci.yml' });
    expect(data).toMatchObject({ ref: 'main', runId: given.repo.runs[0]!.id });
    expect((await call('rerun', { runId: 500 })).data).toEqual({ runId: 500 });
    expect((await call('cancel-run', { runId: 500 })).data).toEqual({ runId: 500 });
    expect((await call('get-run', { runId: 500 })).data).toMatchObject({ conclusion: 'cancelled', runAttempt: 2 });
    expect((await call('cancel-run', { runId: 500 })).error).toMatchObject({
      kind: 'failed',
      details: { status: 409 },
    });
  });

  it('start on a server that knows no run details', async () => {
    const body = JSON.stringify({ message: '"return_run_details" is not a permitted key' });
    given.github.faults.push({ on: /POST .*dispatches/, status: 422, body });
    given.github.faults.push({ on: /POST .*dispatches/, status: 204 });
    expect((await call('dispatch-workflow', { workflow: 'ci.yml', ref: 'main' })).data).toEqual({
      ref: 'main',
      runId: null,
      url: null,
    });
    expect(
      given.github.requests.filter(({ path }) => path.endsWith('dispatches')).map(({ body: sent }) => sent),
    ).toEqual([
      { ref: 'main', inputs: {}, return_run_details: true },
      { ref: 'main', inputs: {} },
    ]);
  });

  it('say what GitHub refuses', async () => {
    given.repo.workflows[0]!.dispatchable = false;
    expect((await call('dispatch-workflow', { workflow: '11' })).error.message).toContain(
      "does not have 'workflow_dispatch' trigger",
    );
    expect((await call('dispatch-workflow', { workflow: 'none.yml' })).error).toMatchObject({
      details: { status: 404 },
    });
  });
});

describe('what GitHub does not let the App do', () => {
  it('is told with the permission that it lacks', async () => {
    given.github.lacking.set('actions/create-workflow-dispatch', 'actions=write');
    const { status, error } = await call('dispatch-workflow', { workflow: 'ci.yml' });
    expect({ status, error }).toMatchObject({
      status: 422,
      error: {
        kind: 'failed',
        message: 'GitHub refuses this: the App lacks Actions: write (Resource not accessible by integration)',
      },
    });
  });

  it('or does not see, is not found', async () => {
    expect((await call('get-repo', { repo: 'acme/secret' })).error).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('or it is private and the App is not installed there') as unknown,
    });
  });
});

describe('the App’s token', () => {
  it('is replaced where GitHub withdrew it', async () => {
    await call('get-repo');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
    try {
      given.github.tokens.clear();
      const asked = given.tokensAsked;
      expect((await call('merge-pr', { number: 1 })).data.merged).toBe(true);
      expect(given.tokensAsked).toBe(asked + 1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is asked for once, and again after an hour', async () => {
    const before = given.tokensAsked;
    await call('get-repo');
    await call('list-branches');
    expect(given.tokensAsked - before).toBeLessThanOrEqual(1);
    const asked = given.tokensAsked;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60 * 60 * 1_000 });
    try {
      await call('get-repo');
      expect(given.tokensAsked).toBe(asked + 1);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a search of code', () => {
  it('looks in the operator’s repository, in the one that is named, or in all of the named owner’s', async () => {
    const found = async (input: object) => {
      const { data } = await call('search-code', { query: '#', ...input });
      return data.results.map(({ repository }: { repository: string }) => repository);
    };
    expect(await found({})).toEqual(['acme/shop']);
    expect(await found({ repo: 'website' })).toEqual(['acme/website']);
    expect(await found({ owner: 'acme' })).toEqual(['acme/website', 'acme/shop']);
    expect(await found({ owner: 'ada' })).not.toContain('acme/shop');
  });
});
