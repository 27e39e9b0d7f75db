// The last step of compiling (`npm run build`): puts what a gateway loads at its start into few files, in the place of
// `main.js` and `cluster.js`. docs/decisions/0012-a-gateway-starts-from-few-files.md says why.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { inFewBytes } from './few-bytes.mjs';

const PROGRAMS = 'dist/apps/gateway/src';
const LIBS = 'dist/libs';
/** A worker is started from beside the code that starts it. */
const entries = {
  main: `${PROGRAMS}/main.js`,
  cluster: `${PROGRAMS}/cluster.js`,
  'page.worker': `${LIBS}/services/src/web/page/page.worker.js`,
  'token-cost.worker': `${LIBS}/core/src/catalog/token-cost.worker.js`,
  'results.worker': `${LIBS}/core/src/execution/results/results.worker.js`,
  'yaml.worker': `${LIBS}/core/src/upstreams/openapi/yaml.worker.js`,
};

/** What packages take where it is installed. Nothing else may be missing. */
const optional = /^(?:@nestjs\/(?:microservices|websockets)|class-(?:validator|transformer)|pg-native)(?:\/|$)/;
/** Large tables that most gateways never read, and packages that look for files beside their own. */
const apart = /^(?:gpt-tokenizer|iconv-lite|ioredis|libpg-query|@vscode\/ripgrep)(?:\/|$)/;
/** What they look for files for is nothing that the gateway uses, or only a text says so. */
const needNoFiles = /\/node_modules\/(?:@colors\/colors|socket\.io|undici)\//;
const own = /\/dist\/(?:apps|libs)\/[^\0]*\.js$/;
/** TypeORM loads the drivers of all databases for the sake of their names. */
const driversOfOthers = /\/typeorm\/driver\/(?!types\/|postgres\/)[\w-]+\//;
/** Instead of files that load all that a package has. The build fails when something else of it is imported. @type {[file: RegExp, instead: string][]} */
const fronts = [
  [/\/zod\/v4\/locales\/index\.js$/, `export { default as en } from './en.js';`],
  [
    /\/undici\/index\.js$/,
    `import api from './lib/api/index.js';
    import Dispatcher from './lib/dispatcher/dispatcher.js';
    Object.assign(Dispatcher.prototype, api);
    export { default as buildConnector } from './lib/core/connect.js';
    export { default as errors } from './lib/core/errors.js';
    export { default as Pool } from './lib/dispatcher/pool.js';
    export { default as ProxyAgent } from './lib/dispatcher/proxy-agent.js';`,
  ],
];

/** Only a mention of these globals makes Node load an HTTP client of its own: 10 MB. @type {[file: RegExp, mention: RegExp, instead: string][]} */
const mentions = [
  // what the compiler writes for a parameter that has a type of Express
  [own, /typeof (Request|Response) === "undefined" \? Object : \1/g, 'Object'],
  [/\/pg\/lib\/stream\.js$/, /typeof Response === 'function'/g, 'false'],
];

const leaveOut = {
  name: 'leave-out',
  /** @param {string} id */
  load(id) {
    if (driversOfOthers.test(id)) return emptyClasses(readFileSync(id, 'utf8'));
    if (own.test(id)) return { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') };
    return fronts.find(([file]) => file.test(id))?.[1];
  },
  /** @param {string} code @param {string} id */
  transform(code, id) {
    if (/\b__(?:dirname|filename)\b/.test(code) && !needNoFiles.test(id)) {
      throw new Error(`${id} looks for files beside it: its package must stand apart (scripts/bundle.mjs)`);
    }
    const [, mention, instead] = mentions.find(([file]) => file.test(id)) ?? [];
    // on the same line, so that maps still fit
    return mention && instead ? { code: code.replace(mention, instead), map: null } : undefined;
  },
};

/** @param {string} source of a CommonJS module */
function emptyClasses(source) {
  const names = new Set([...source.matchAll(/^exports\.(\w+) = /gm)].map(([, name]) => name));
  return [...names].map((name) => `exports.${name} = class ${name} {};`).join('\n');
}

/** Where a package that is installed several times in one version was found first. @type {Map<string, string>} */
const firstCopies = new Map();

const once = {
  name: 'once',
  /** Of those that need no other package any copy will do. @param {string} source @param {string} importer */
  async resolveId(source, importer) {
    if (!/^[a-z@]/.test(source)) return undefined;
    const found = await this.resolve(source, importer, { skipSelf: true });
    const [, folder, file] =
      /^(.*\/node_modules\/.*\/node_modules\/(?:@[^/]+\/)?[^/]+)(\/.*)$/.exec(found?.id ?? '') ?? [];
    if (folder === undefined) return undefined;
    const { name, version, dependencies = {} } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    if (Object.keys(dependencies).length > 0) return undefined;
    const copy = firstCopies.get(`${name}@${version}`) ?? folder;
    firstCopies.set(`${name}@${version}`, copy);
    return `${copy}${file}`;
  },
};

/** @param {{moduleIds: string[]}} chunk */
function isOwn({ moduleIds }) {
  return moduleIds.some((id) => own.test(id));
}

/** A file for each package, so that stacks name it. @param {string} id @returns {string | null} */
function packageOf(id) {
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id) ?? [];
  return name?.replace('@', '').replace('/', '-') ?? null;
}

const bundle = await rolldown({
  input: entries,
  platform: 'node',
  external: [optional, apart],
  // as modules of ECMAScript, of which what is not used can be left out
  resolve: { alias: { rxjs: resolve('node_modules/rxjs/dist/esm') } },
  plugins: [once, leaveOut],
  onLog(_, { code, message }) {
    if (code === 'UNRESOLVED_IMPORT') throw new Error(message);
  },
});
const { output } = await bundle.write({
  dir: PROGRAMS,
  chunkFileNames: '[name]-[hash].js',
  comments: false,
  // for the lines of what is logged, which are read when something has failed
  sourcemap: 'hidden',
  sourcemapExcludeSources: true,
  codeSplitting: { groups: [{ name: packageOf, includeDependenciesRecursively: false }] },
});
for (const file of output) {
  if (file.type !== 'chunk') continue;
  const path = `${PROGRAMS}/${file.fileName}`;
  // once it is written: whatever a plugin returned, rolldown prints anew where comments go
  writeFileSync(path, inFewBytes(file, isOwn(file)));
  // of packages there is no source to show
  if (!isOwn(file)) rmSync(`${path}.map`, { force: true });
}
