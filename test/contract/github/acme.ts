import type { GithubServer } from './github-server.js';
import type { RepositoryState } from './state.js';

/** An organization with two repositories, pull requests, issues and runs. */
export function addAcme(github: GithubServer): RepositoryState {
  github.organizations.add('acme');
  github.addRepository('acme', 'website', false);
  const repo = github.addRepository('acme', 'shop');
  repo.commit('main', 'Add the shop', {
    'src/shop.ts': 'export const shop = 1;\n',
    'logo.png': Buffer.of(0x89, 0x50, 0, 0xff),
  });
  repo.releases.push({ id: repo.nextId(), tag: 'v1.0.0', name: 'One', body: 'The first.' });

  repo.commit('basket', 'Add the basket', { 'src/basket.ts': 'export const basket = 1;\n' });
  const { pull } = repo.addPull({ title: 'Add the basket', body: 'With tests.', head: 'basket', user: 'ada' });
  const sha = repo.find('basket')!.sha;
  repo.checks.push({ name: 'test', sha, status: 'completed', conclusion: 'success' });
  repo.statuses.push({ context: 'ci/old', sha, state: 'success' });
  pull.reviews.push({ id: repo.nextId(), user: 'grace', state: 'COMMENTED', body: 'One question.', commit: sha });
  const about = { path: 'src/basket.ts', line: 1, isOutdated: false };
  pull.threads.push(
    {
      ...about,
      id: 'PRRT_1',
      isResolved: true,
      comments: [
        { author: 'grace', body: 'Why 1?' },
        { author: 'ada', body: 'It is the first.' },
      ],
    },
    { ...about, id: 'PRRT_2', isResolved: false, comments: [{ author: null, body: 'And then?' }] },
  );

  repo.addIssue({ title: 'The shop is closed on Sundays', body: 'It should be open.', labels: ['bug'], user: 'ada' });
  const issue = repo.addIssue({ title: 'Sell more', labels: ['idea'], user: 'grace', assignees: ['ada'] });
  issue.comments.push({ id: repo.nextId(), user: 'ada', body: 'How?' });

  repo.workflows.push({ id: 11, name: 'CI', file: 'ci.yml', dispatchable: true });
  const steps = [
    { name: 'Check out', conclusion: 'success' },
    { name: 'Test', conclusion: 'failure' },
  ];
  const log =
    '2026-01-02T00:00:00.0000000Z \u001b[31mError: 2 tests failed\u001b[0m\n2026-01-02T00:00:01.0000000Z exit 1\n';
  repo.runs.push({
    id: 500,
    workflow: 11,
    event: 'push',
    branch: 'main',
    status: 'completed',
    conclusion: 'failure',
    attempt: 1,
    jobs: [
      { id: 501, name: 'test', conclusion: 'failure', steps, log },
      { id: 502, name: 'lint', conclusion: 'success', steps: [], log: 'fine\n' },
    ],
  });
  return repo;
}
