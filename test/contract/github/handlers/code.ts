import { invalid, notFound, paged, Refusal, type Call, type Handlers } from '../handler.js';
import { blobSha, type RepositoryState } from '../state.js';
import { commitView, fileView, repositoryView, user } from '../views.js';

const INLINE_BYTES = 1024 * 1024;

export const codeHandlers: Handlers = {
  'repos/list-branches': (call, github) => {
    const repo = github.repository(call.params);
    const names = [...repo.branches.keys()].filter(
      (name) => call.query.protected !== 'true' || repo.protectedBranches.has(name),
    );
    return paged(
      names.map((name) => branchView(repo, name)),
      call,
    );
  },

  'repos/get-branch': ({ params }, github) => {
    const repo = github.repository(params);
    const commit = repo.commits.get(repo.branches.get(params.branch!) ?? '');
    if (!commit) throw new Refusal(404, 'Branch not found');
    return { status: 200, body: { ...branchView(repo, params.branch!), commit: commitView(repo, commit) } };
  },

  'git/get-ref': ({ params }, github) => {
    const sha = github.repository(params).branches.get(params.ref!.replace(/^heads\//, ''));
    if (sha === undefined) throw notFound();
    return { status: 200, body: { ref: `refs/${params.ref}`, object: { type: 'commit', sha } } };
  },

  'git/create-ref': ({ params, body }, github) => {
    const repo = github.repository(params);
    const name = String(body.ref).replace(/^refs\/heads\//, '');
    if (repo.branches.has(name)) throw new Refusal(422, 'Reference already exists');
    if (!repo.commits.has(body.sha)) throw new Refusal(422, 'Object does not exist');
    repo.moveBranch(name, body.sha, 'branch_creation');
    return { status: 201, body: { ref: body.ref, object: { type: 'commit', sha: body.sha } } };
  },

  'git/delete-ref': ({ params }, github) => {
    const repo = github.repository(params);
    const name = params.ref!.replace(/^heads\//, '');
    if (!repo.branches.has(name)) throw new Refusal(422, 'Reference does not exist');
    repo.deleteBranch(name);
    return { status: 204 };
  },

  'repos/list-activities': (call, github) => {
    const activities = github.repository(call.params).activity.map(({ ref, type, after }, id) => {
      const times = { before: '0'.repeat(40), timestamp: '2026-01-02T00:00:00Z' };
      return { id, node_id: `A_${id}`, ref, activity_type: type, after, ...times, actor: user('ada') };
    });
    return paged(activities, call);
  },

  'repos/get-content': ({ params, query, accept }, github) => {
    const repo = github.repository(params);
    const commit = repo.find(query.ref ?? repo.defaultBranch);
    if (!commit) throw new Refusal(404, `No commit found for the ref ${query.ref}`);
    const path = params.path!.replace(/^\/+|\/+$/g, '');
    const content = commit.tree.get(path);
    if (content && accept.includes('raw')) {
      return {
        status: 200,
        raw: content,
        headers: { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' },
      };
    }
    if (content) return { status: 200, body: contentView(path, content) };
    const below = path === '' ? '' : `${path}/`;
    const names = new Map<string, Buffer | undefined>();
    for (const [file, bytes] of commit.tree) {
      if (!file.startsWith(below)) continue;
      const [name = '', ...deeper] = file.slice(below.length).split('/');
      names.set(name, deeper.length === 0 ? bytes : undefined);
    }
    if (names.size === 0) throw notFound();
    return {
      status: 200,
      body: [...names].map(([name, bytes]) => ({
        type: bytes ? 'file' : 'dir',
        name,
        path: below + name,
        size: bytes?.length ?? 0,
        sha: blobSha(bytes ?? Buffer.of()),
      })),
    };
  },

  'repos/create-or-update-file-contents': (call, github) => {
    const { repo, branch, path, known } = fileIn(call, github.repository(call.params));
    const { content, sha, message } = call.body;
    if (known && sha === undefined) throw new Refusal(422, `Invalid request.\n\n"sha" wasn't supplied.`);
    if (sha !== undefined && sha !== (known && blobSha(known))) throw new Refusal(409, `${path} does not match ${sha}`);
    const bytes = Buffer.from(content, 'base64');
    const commit = repo.commit(branch, message, { [path]: bytes });
    const body = { content: contentView(path, bytes), commit: gitCommitView(repo, commit.sha, message) };
    return { status: known ? 200 : 201, body };
  },

  'repos/delete-file': (call, github) => {
    const { repo, branch, path, known } = fileIn(call, github.repository(call.params));
    if (!known) throw notFound();
    if (call.body.sha !== blobSha(known)) throw new Refusal(409, `${path} does not match ${call.body.sha}`);
    const commit = repo.commit(branch, call.body.message, { [path]: null });
    return { status: 200, body: { content: null, commit: gitCommitView(repo, commit.sha, commit.message) } };
  },

  'repos/list-commits': (call, github) => {
    const repo = github.repository(call.params);
    let at = repo.find(call.query.sha ?? repo.defaultBranch);
    if (!at) throw notFound();
    const commits = [];
    for (; at; at = at.parents[0] === undefined ? undefined : repo.commits.get(at.parents[0])) {
      const before = repo.commits.get(at.parents[0] ?? '');
      const { path } = call.query;
      if (path === undefined || repo.changes(before, at).some((change) => change.path === path))
        commits.push(commitView(repo, at));
    }
    return paged(commits, call);
  },

  'repos/get-commit': (call, github) => {
    const repo = github.repository(call.params);
    const commit = repo.find(call.params.ref!);
    if (!commit) throw new Refusal(422, `No commit found for SHA: ${call.params.ref}`);
    const files = repo.changes(repo.commits.get(commit.parents[0] ?? ''), commit).map(fileView);
    const stats = { additions: files.length, deletions: 0, total: files.length };
    return paged(files, call, (page) => ({ ...commitView(repo, commit), stats, files: page }));
  },

  'search/code': (call, github) => {
    const repoName = /repo:(\S+)/.exec(call.query.q!)?.[1];
    const ownerName = /user:(\S+)/.exec(call.query.q!)?.[1];
    const word = call.query.q!.split(/\s+/).find((each) => !each.includes(':'))!;
    const found = [...github.repositories.values()]
      .filter(({ fullName }) => (repoName ?? fullName) === fullName)
      .filter(({ owner }) => (ownerName ?? owner) === owner)
      .flatMap((repo) => [...repo.find(repo.defaultBranch)!.tree].map(([path, content]) => ({ repo, path, content })))
      .filter(({ content }) => content.includes(word))
      .map(({ repo, path, content }) => ({
        name: path,
        path,
        sha: blobSha(content),
        html_url: `https://github.example/${repo.fullName}/blob/${repo.defaultBranch}/${path}`,
        repository: repositoryView(repo),
        ...(call.accept.includes('text-match') && { text_matches: [{ fragment: content.toString() }] }),
      }));
    return paged(found, call, (items) => ({ total_count: found.length, incomplete_results: false, items }));
  },

  'repos/list-releases': (call, github) => {
    const repo = github.repository(call.params);
    const releases = repo.releases.map(({ id, tag, name, body }) => ({
      id,
      tag_name: tag,
      name,
      body,
      author: user('ada'),
      published_at: '2026-01-02T00:00:00Z',
      html_url: `https://github.example/${repo.fullName}/releases/tag/${tag}`,
    }));
    return paged(releases, call);
  },
};

function branchView(repo: RepositoryState, name: string) {
  const sha = repo.branches.get(name)!;
  return { name, commit: { sha, url: 'https://github.example' }, protected: repo.protectedBranches.has(name) };
}

function contentView(path: string, content: Buffer) {
  const small = content.length <= INLINE_BYTES;
  return {
    type: 'file',
    encoding: small ? 'base64' : 'none',
    // GitHub breaks its lines
    content: small ? content.toString('base64').replace(/.{60}/g, '$&\n') : '',
    name: path.split('/').at(-1),
    path,
    size: content.length,
    sha: blobSha(content),
  };
}

function gitCommitView(repo: RepositoryState, sha: string, message: string) {
  return { sha, message, html_url: `https://github.example/${repo.fullName}/commit/${sha}` };
}

function fileIn({ params, body }: Call, repo: RepositoryState) {
  const branch: string = body.branch ?? repo.defaultBranch;
  const head = repo.branches.get(branch);
  if (head === undefined) throw new Refusal(404, `Branch ${branch} not found`);
  if (repo.protectedBranches.has(branch))
    throw invalid('Branch', 'branch', 'protected', 'Changes must be made through a pull request.');
  const path = params.path!;
  return { repo, branch, path, known: repo.commits.get(head)!.tree.get(path) };
}
