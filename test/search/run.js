// `npm run eval:search`: how often the right tool is among the first five, and what the search costs in tokens.
import { join } from 'node:path';
import { createServer, createServerModuleRunner } from 'vite';

const root = join(import.meta.dirname, '..', '..');
const server = await createServer({
  configFile: false,
  root,
  resolve: { alias: [{ find: /^#libs\/(\w+)$/, replacement: join(root, 'libs/$1/src/index.ts') }] },
  server: { middlewareMode: true, watch: null, ws: false },
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
});
try {
  const runner = createServerModuleRunner(/** @type {import('vite').DevEnvironment} */ (server.environments.ssr));
  const { evaluation } = /** @type {typeof import('./evaluation.js')} */ (
    await runner.import(join(import.meta.dirname, 'evaluation.ts'))
  );
  const { tools, services, questions, misses, hitRate, firstRate, tokens, tokenShare } = evaluation();
  const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`;
  for (const { question, expected, found } of misses) {
    console.log(`missed: ${question}\n  expected ${expected}, found ${found.join(', ')}`);
  }
  console.log(`${questions.length} questions over ${tools} tools of ${services} services, and the gateway's own`);
  console.log(`right tool among the first 5: ${percent(hitRate)} (goal: at least 90 %); first: ${percent(firstRate)}`);
  console.log(
    `definitions: ${tokens.search} tokens instead of ${tokens.all}: ${percent(tokenShare)} (goal: at most 5 %)`,
  );
  process.exitCode = hitRate >= 0.9 && tokenShare <= 0.05 ? 0 : 1;
} finally {
  await server.close();
}
