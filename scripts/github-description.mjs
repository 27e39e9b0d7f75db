// Writes test/contract/github/description.json: of GitHub's published OpenAPI description, what the gateway's own
// requests need. The whole is 13 MB in a package of 394 MB, which is fetched for this alone.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';

const PACKAGE = '@octokit/openapi@23.0.2';
const WHOLE = 'package/generated/api.github.com.json';
const SLICE = 'test/contract/github/description.json';

const operations = new Set(
  `
  actions/cancel-workflow-run actions/create-workflow-dispatch actions/download-job-logs-for-workflow-run
  actions/get-job-for-workflow-run actions/get-workflow-run actions/list-jobs-for-workflow-run
  actions/list-repo-workflows actions/list-workflow-runs actions/list-workflow-runs-for-repo
  actions/re-run-workflow actions/re-run-workflow-failed-jobs apps/create-installation-access-token
  apps/get-authenticated apps/list-repos-accessible-to-installation checks/list-for-ref git/create-ref git/delete-ref
  git/get-ref issues/create issues/create-comment issues/get issues/list-comments issues/list-for-repo issues/update
  pulls/create pulls/create-review pulls/get pulls/list pulls/list-files pulls/list-reviews pulls/merge
  pulls/request-reviewers pulls/update pulls/update-branch rate-limit/get repos/create-in-org
  repos/create-or-update-file-contents repos/delete-file repos/get repos/get-branch repos/get-combined-status-for-ref
  repos/get-commit repos/get-content repos/list-activities repos/list-branches repos/list-commits
  repos/list-for-authenticated-user repos/list-for-org repos/list-for-user repos/list-releases search/code
  search/issues-and-pull-requests search/repos users/get-authenticated
  `
    .trim()
    .split(/\s+/),
);

async function published() {
  const directory = mkdtempSync(join(tmpdir(), 'github-description-'));
  try {
    const packed = execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: directory, encoding: 'utf8' }).trim();
    await extract({ file: join(directory, packed), cwd: directory }, [WHOLE]);
    return JSON.parse(readFileSync(join(directory, WHOLE), 'utf8'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Words for people. In a map of names, these are names like any other. */
const prose = /^(description|summary|title|example|examples|externalDocs|tags|deprecated|default|x-.*)$/;
const maps = new Set(['properties', 'schemas', 'parameters', 'responses', 'paths', 'content', 'patternProperties']);

/** Without prose, and with `nullable` in the words of JSON Schema. */
function plain(value, isMap = false) {
  if (Array.isArray(value)) return value.map((each) => plain(each));
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...kept } = Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isMap || !prose.test(key))
      .map(([key, member]) => [key, key === 'enum' ? member : plain(member, maps.has(key) && !Array.isArray(member))]),
  );
  if (nullable !== true || isMap) return nullable === undefined || !isMap ? kept : { ...kept, nullable };
  if (kept.enum && !kept.enum.includes(null)) kept.enum = [...kept.enum, null];
  if (typeof kept.type === 'string') return { ...kept, type: [kept.type, 'null'] };
  return { anyOf: [kept, { type: 'null' }] };
}

/** Adds the components that a value refers to, and those that these refer to. */
function collect(value, whole, components) {
  for (const reference of JSON.stringify(value).match(/#\/components\/\w+\/[\w-]+/g) ?? []) {
    const [, , kind, name] = reference.split('/');
    if (components[kind]?.[name] !== undefined) continue;
    const component = plain(whole.components[kind][name]);
    if (kind === 'responses') Object.assign(component, { description: '', headers: undefined, links: undefined });
    (components[kind] ??= {})[name] = component;
    collect(component, whole, components);
  }
}

const whole = await published();
const paths = {};
for (const [path, methods] of Object.entries(whole.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    if (!operations.delete(operation.operationId)) continue;
    const kept = plain(operation);
    for (const response of Object.values(kept.responses)) {
      if (!response.$ref) Object.assign(response, { description: '', headers: undefined, links: undefined });
    }
    (paths[path] ??= {})[method] = kept;
  }
}
if (operations.size > 0) throw new Error(`GitHub no longer describes ${[...operations].join(', ')}`);
const components = {};
collect(paths, whole, components);
const { title, version, license } = whole.info;
const slice = { openapi: '3.1.0', info: { title, version, license }, paths, components };
writeFileSync(SLICE, `${JSON.stringify(slice)}\n`);
console.log(`${SLICE}: ${Object.keys(paths).length} paths of ${PACKAGE}`);
