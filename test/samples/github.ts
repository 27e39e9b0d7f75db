import { addAcme } from '../contract/github/acme.js';
import { app, GithubServer } from '../contract/github/github-server.js';
import { blobSha, type RepositoryState } from '../contract/github/state.js';
import type { Sample, ServiceSamples } from './sample.js';

/** Of pull requests and issues that are made anew for each call, all but what tells them apart. */
const titled = ({ title, state }: { title: string; state: string }) => ({ title, state });

function samplesOf(repo: RepositoryState): Record<string, Sample> {
  const head = () => repo.find('basket')!.sha;
  let made = 0;
  const branch = (prefix: string) => `${prefix}-${(made += 1)}`;
  const newPull = () => {
    const name = branch('topic');
    repo.commit(name, 'Change something', { [`docs/${name}.md`]: 'new\n' });
    return repo.addPull({ title: 'Topic', head: name, user: 'ada' });
  };
  return {
    'github.list-repos': { input: { owner: 'acme' }, command: '/mcp-github list-repos acme' },
    'github.get-repo': { input: { repo: 'acme/website' }, command: '/mcp-github get-repo acme/website' },
    'github.search-repos': { input: { query: 'acme website' }, command: '/mcp-github search-repos acme website' },
    'github.create-repo': {
      input: { org: 'acme', name: 'x' },
      command: '',
      stable: ({ private: hidden }: { private: boolean }) => ({ hidden }),
      before: async (sample) => {
        const name = branch('new');
        Object.assign(sample, { input: { org: 'acme', name }, command: `/mcp-github create-repo acme ${name}` });
      },
    },
    'github.list-prs': {
      input: { state: 'all', base: 'main', direction: 'asc', limit: 100 },
      command: '/mcp-github list-prs --state all --base main --direction asc --limit 100',
      stable: ({ pullRequests }: { pullRequests: { number: number }[] }) =>
        pullRequests.filter(({ number }) => number === 1),
    },
    'github.get-pr': {
      input: { number: 1, fields: ['head.label'] },
      command: '/mcp-github get-pr 1 --fields head.label',
    },
    'github.pr-files': { input: { number: 1 }, command: '/mcp-github pr-files 1' },
    'github.pr-diff': { input: { number: 1 }, command: '/mcp-github pr-diff 1' },
    'github.pr-checks': { input: { number: 1 }, command: '/mcp-github pr-checks 1' },
    'github.pr-reviews': {
      input: { number: 1, limit: 1 },
      command: '/mcp-github pr-reviews 1 --limit 1',
      stable: ({ reviews }: { reviews: object[] }) => reviews,
    },
    'github.pr-review-threads': {
      input: { number: 1, limit: 2 },
      command: '/mcp-github pr-review-threads 1 --limit 2',
      stable: ({ threads }: { threads: object[] }) => threads,
    },
    'github.create-pr': {
      input: { title: 'feat: Add feature', body: 'Description here' },
      command: '/mcp-github create-pr "feat: Add feature" "Description here"',
      stable: titled,
      before: async () => {
        const name = branch('feature');
        repo.commit(name, 'Add a feature', { [`${name}.md`]: 'new\n' });
      },
    },
    'github.update-pr': {
      input: { number: 1, title: 'Add the basket' },
      command: '/mcp-github update-pr 1 --title "Add the basket"',
    },
    'github.update-pr-branch': {
      input: { number: 1, expectedHeadSha: head() },
      command: `/mcp-github update-pr-branch 1 --expected-head-sha ${head()}`,
    },
    'github.request-reviewers': {
      input: { number: 1, reviewers: ['grace'] },
      command: '/mcp-github request-reviewers 1 grace',
    },
    'github.review-pr': {
      input: { number: 1, body: 'Looks fine' },
      command: '/mcp-github review-pr 1 Looks fine',
      stable: ({ state, body }: { state: string; body: string }) => ({ state, body }),
    },
    'github.approve-pr': {
      input: { number: 1 },
      command: '/mcp-github approve-pr 1',
      stable: ({ state, user }: { state: string; user: string }) => ({ state, user }),
    },
    'github.merge-pr': {
      input: { number: 123 },
      command: '',
      stable: ({ merged, message }: { merged: boolean; message: string }) => ({ merged, message }),
      before: async (sample) => {
        const { number } = newPull();
        Object.assign(sample, { input: { number }, command: `/mcp-github merge-pr ${number}` });
      },
    },
    'github.list-issues': {
      input: { labels: ['bug'] },
      command: '/mcp-github list-issues --label=bug',
      stable: ({ issues }: { issues: object[] }) => issues,
    },
    'github.get-issue': { input: { number: 3 }, command: '/mcp-github get-issue 3', stable: titled },
    'github.list-comments': {
      input: { number: 3, limit: 1 },
      command: '/mcp-github list-comments 3 --limit 1',
      stable: ({ comments }: { comments: object[] }) => comments,
    },
    'github.search-issues': {
      input: { query: 'sundays label:bug' },
      command: '/mcp-github search-issues sundays label:bug',
    },
    'github.create-issue': {
      input: { title: 'A new one', body: 'Why not', labels: ['sample'] },
      command: '/mcp-github create-issue "A new one" "Why not" --label sample',
      stable: titled,
    },
    'github.update-issue': {
      input: { number: 2, labels: ['bug', 'sunday'] },
      command: '/mcp-github update-issue 2 --label bug --label sunday',
    },
    'github.close-issue': {
      input: { number: 3, reason: 'not-planned' },
      command: '/mcp-github close-issue 3 --reason not-planned',
      stable: titled,
    },
    'github.reopen-issue': { input: { number: 3 }, command: '/mcp-github reopen-issue 3', stable: titled },
    'github.comment-issue': {
      input: { number: 3, body: 'I think so too' },
      command: '/mcp-github comment-issue 3 "I think so too"',
      stable: ({ body }: { body: string }) => body,
    },
    'github.list-branches': {
      input: { protectedOnly: true },
      command: '/mcp-github list-branches --protected-only',
    },
    'github.get-branch': { input: { branch: 'basket' }, command: '/mcp-github get-branch basket' },
    'github.create-branch': {
      input: {},
      command: '',
      stable: ({ sha, from }: { sha: string; from: string }) => ({ sha, from }),
      before: async (sample) => {
        const name = branch('made');
        Object.assign(sample, { input: { name, from: 'basket' }, command: `/mcp-github create-branch ${name} basket` });
      },
    },
    'github.delete-branch': {
      input: { name: 'old' },
      command: '/mcp-github delete-branch old',
      before: async () => repo.moveBranch('old', head(), 'branch_creation'),
    },
    'github.get-file': {
      input: { path: 'src/basket.ts', ref: 'basket' },
      command: '/mcp-github get-file src/basket.ts --ref basket',
    },
    'github.put-file': {
      input: {},
      command: '',
      stable: ({ created, sha }: { created: boolean; sha: string }) => ({ created, sha }),
      before: async (sample) => {
        const path = `notes/${branch('note')}.md`;
        Object.assign(sample, {
          input: { path, content: 'Grüße', message: 'Add a note' },
          command: `/mcp-github put-file ${path} Grüße "Add a note"`,
        });
      },
    },
    'github.delete-file': {
      input: {},
      command: '',
      stable: ({ path }: { path: string }) => path,
      before: async (sample) => {
        repo.commit('main', 'Add it', { 'gone.md': 'gone' });
        const sha = blobSha(Buffer.from('gone'));
        const input = { path: 'gone.md', sha, message: 'Remove it' };
        Object.assign(sample, { input, command: `/mcp-github delete-file gone.md ${sha} "Remove it"` });
      },
    },
    'github.list-commits': { input: { ref: 'basket' }, command: '/mcp-github list-commits basket' },
    'github.get-commit': { input: { ref: head() }, command: `/mcp-github get-commit ${head()}` },
    'github.search-code': {
      input: { query: 'shop', limit: 1 },
      command: '/mcp-github search-code shop --limit 1',
      stable: ({ results }: { results: object[] }) => results,
    },
    'github.list-releases': { input: {}, command: '/mcp-github list-releases' },
    'github.list-workflows': { input: {}, command: '/mcp-github list-workflows' },
    'github.list-runs': {
      input: { workflow: 'ci.yml', event: 'push' },
      command: '/mcp-github list-runs ci.yml --event push',
      stable: ({ runs }: { runs: { id: number }[] }) => runs.map(({ id }) => id),
    },
    'github.get-run': { input: { runId: 500 }, command: '/mcp-github get-run 500' },
    'github.run-logs': { input: { runId: 500 }, command: '/mcp-github run-logs 500' },
    'github.dispatch-workflow': {
      input: { workflow: 'ci.yml', inputs: { deep: 'true' } },
      command: '/mcp-github dispatch-workflow ci.yml {"inputs": {"deep": "true"}}',
      stable: ({ ref }: { ref: string }) => ref,
    },
    'github.cancel-run': {
      input: { runId: 600 },
      command: '/mcp-github cancel-run 600',
      before: async () => addRun(repo, 600, 'in_progress'),
    },
    'github.rerun': {
      input: { runId: 700, failedOnly: true },
      command: '/mcp-github rerun 700 --failed-only',
      before: async () => addRun(repo, 700, 'completed'),
    },
    'github.rate-limit': {
      input: {},
      command: '/mcp-github rate-limit',
      stable: ({ limits }: { limits: { name: string }[] }) => limits.map(({ name }) => name),
    },
    'github.whoami': { input: {}, command: '/mcp-github whoami' },
  };
}

function addRun(repo: RepositoryState, id: number, status: string): void {
  const conclusion = status === 'completed' ? 'failure' : null;
  const run = { id, workflow: 11, event: 'schedule', branch: 'main', status, conclusion, attempt: 1, jobs: [] };
  repo.runs.splice(0, repo.runs.length, ...repo.runs.filter((each) => each.id !== id), run);
}

/** Against a GitHub in process. Whatever it was sent, or answered, that GitHub does not describe fails the tests. */
export async function githubSamples(): Promise<ServiceSamples> {
  const github = await GithubServer.start();
  const repo = addAcme(github);
  repo.protectedBranches.add('release');
  repo.moveBranch('release', repo.find('basket')!.sha, 'branch_creation');
  return {
    env: {
      GITHUB_API_URL: github.url,
      GITHUB_APP_ID: app.id,
      GITHUB_INSTALLATION_ID: String(app.installation),
      GITHUB_PRIVATE_KEY: app.privateKey.replaceAll('\n', '\\n'),
      GITHUB_OWNER: 'acme',
      GITHUB_REPO: 'shop',
    },
    samples: samplesOf(repo),
    close: async () => {
      await github.close();
      if (github.violations.length > 0) throw new Error(github.violations.join('\n'));
    },
  };
}
