// Holds the one-way order (.dependency-cruiser.cjs). dependency-cruiser reports success when it could read nothing, so
// the modules it saw are compared with the files that are there.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const roots = ['libs', 'apps'].filter((root) => existsSync(root));
const files = roots
  .flatMap((root) => readdirSync(root, { recursive: true }).map((path) => `${root}/${path}`))
  .filter((path) => /\.tsx?$/.test(path) && !path.includes('node_modules'));

const cruiser = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs';
const answer = execFileSync(process.execPath, [cruiser, ...roots, '-T', 'json'], { maxBuffer: 256 * 1024 * 1024 });
const { modules, summary } = JSON.parse(answer);

const seen = new Set(modules.map((module) => module.source));
const problems = [
  ...summary.violations.map(({ rule, from, to, cycle }) =>
    [`${rule.name}: ${from}`, ...(cycle?.map(({ name }) => name) ?? [to])].join(' → '),
  ),
  ...files.filter((file) => !seen.has(file)).map((file) => `not checked: ${file}`),
  ...files
    .filter((file) => /\/(common|shared|utils|helpers|dto|interfaces)\//.test(file))
    .map((file) => `folder without a subject: ${file}`),
];
for (const problem of problems) console.error(problem);
console.log(`${files.length} modules checked, ${problems.length} problems`);
process.exitCode = problems.length === 0 && files.length > 0 ? 0 : 1;
