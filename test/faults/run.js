// `npm run faults -- <name> [--option=value]`: does something bad to a gateway, measures how it takes it, and says whether
// the promise holds. Without a name it lists what there is: every other file here whose default export is a fault.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createServer, createServerModuleRunner } from 'vite';

const directory = import.meta.dirname;
const sources = new Map(
  readdirSync(directory)
    .filter((file) => /\.[jt]s$/.test(file) && file !== 'run.js')
    .map((file) => [file.slice(0, -3), { file, text: readFileSync(join(directory, file), 'utf8') }]),
);
for (const [name, { text }] of sources) if (!/^export default async function/m.test(text)) sources.delete(name);

const { positionals, values } = parseArgs({ strict: false, allowPositionals: true });
const name = positionals[0];
const source = name === undefined ? undefined : sources.get(name);

if (source) {
  process.exit((await holds(source.file)) ? 0 : 1);
} else if (name === undefined) {
  for (const [each, { text }] of sources) console.log(`${each.padEnd(18)} ${text.slice(3, text.indexOf('\n'))}`);
} else {
  console.error(`There is no fault ${name}; there are ${[...sources.keys()].join(', ')}`);
  process.exit(2);
}

/** @param {string} file */
async function holds(file) {
  const server = await createServer({
    configFile: false,
    root: join(directory, '..', '..'),
    resolve: { alias: [{ find: /^#libs\/(\w+)$/, replacement: join(directory, '../../libs/$1/src/index.ts') }] },
    server: { middlewareMode: true, watch: null, ws: false },
    appType: 'custom',
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true },
  });
  let held = false;
  const runner = createServerModuleRunner(server.environments.ssr);
  const runDirectory = await runner.import(join(directory, '../setup/run-directory.ts'));
  const removeRunDirectory = runDirectory.default();
  try {
    const fault = await runner.import(join(directory, file));
    held = await fault.default({ log: (/** @type {string} */ line) => console.log(`  ${line}`), options: values });
  } catch (error) {
    console.error(error);
  } finally {
    removeRunDirectory();
    await server.close();
  }
  console.log(`${name}: ${held ? 'holds' : 'does not hold'}`);
  return held;
}
