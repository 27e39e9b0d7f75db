import { invalid, notFound, paged, type Handlers } from '../handler.js';
import { repositoryView } from '../views.js';

export const repositoryHandlers: Handlers = {
  'repos/get': ({ params }, github) => ({ status: 200, body: repositoryView(github.repository(params)) }),

  'repos/list-for-org': (call, github) => {
    const { org } = call.params;
    if (!github.organizations.has(org!)) throw notFound();
    return paged(github.ownedBy(org!).map(repositoryView), call);
  },

  'repos/list-for-user': (call, github) => {
    const owned = github.ownedBy(call.params.username!);
    if (owned.length === 0) throw notFound();
    return paged(owned.filter(({ isPrivate }) => !isPrivate).map(repositoryView), call);
  },

  'repos/list-for-authenticated-user': (call, github) =>
    paged([...github.repositories.values()].map(repositoryView), call),

  'apps/list-repos-accessible-to-installation': (call, github) => {
    const all = [...github.repositories.values()].map(repositoryView);
    return paged(all, call, (repositories) => ({ total_count: all.length, repositories }));
  },

  'repos/create-in-org': ({ params, body }, github) => {
    if (!github.organizations.has(params.org!)) throw notFound();
    const taken = github.repositories.has(`${params.org}/${body.name}`.toLowerCase());
    if (taken) throw invalid('Repository', 'name', 'custom', 'name already exists on this account');
    const repo = github.addRepository(params.org!, body.name, body.private);
    repo.description = body.description ?? null;
    return { status: 201, body: repositoryView(repo) };
  },

  'search/repos': (call, github) => {
    const words = call.query.q!.toLowerCase().split(/\s+/);
    const found = [...github.repositories.values()].filter(({ fullName }) =>
      words.every((word) => fullName.toLowerCase().includes(word)),
    );
    return paged(found.map(repositoryView), call, (items) => ({
      total_count: found.length,
      incomplete_results: false,
      items,
    }));
  },
};
