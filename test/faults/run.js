// `npm run faults -- <name>`: breaks one thing on purpose and says whether the gateway keeps its promise. Each fault is a
// file beside this one that exports `promise`, a sentence, and `run`, which answers whether it holds.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, createServerModuleRunner } from 'vite';

const directory = import.meta.dirname;
const names = readdirSync(directory).flatMap((file) => (/^([\w-]+)\.ts$/.exec(file) ?? [])[1] ?? []);
const [name = '', ...options] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`Usage: npm run faults -- <name> [options]\nNames: ${names.join(', ')}`);
  process.exit(2);
}

const server = await createServer({
  configFile: false,
  root: join(directory, '..', '..'),
  resolve: { alias: [{ find: /^#libs\/(\w+)$/, replacement: join(directory, '../../libs/$1/src/index.ts') }] },
  server: { middlewareMode: true, watch: null, ws: false },
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
});
/** @type {boolean} */
let holds;
try {
  const fault = await createServerModuleRunner(server.environments.ssr).import(join(directory, `${name}.ts`));
  console.log(fault.promise);
  holds = await fault.run(options);
} finally {
  await server.close();
}
console.log(holds ? 'holds' : 'does not hold');
process.exit(holds ? 0 : 1);
