// `npm run docs:services`: writes a page for each service into docs/services, from its declarations and its set-up text.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** @import { CatalogOperation, CatalogPrompt, CatalogService, JsonSchema } from '../libs/core/src/catalog/catalog-entry.js' */

/** Tokens of each tool's definition, by operation id. @typedef {ReadonlyMap<string, number>} Costs */

const SERVICES = 'libs/services/src';
const DIRECTORY = 'docs/services';
const WRITTEN = '<!-- written by npm run docs:services -->';

/** All pages by their file's name; what agents run themselves has none. @param {readonly CatalogService[]} services @param {Costs} costs */
export function servicePages(services, costs) {
  const byName = services.filter(({ location }) => location === 'server').sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map([
    ['README.md', indexPage(byName, costs)],
    ...byName.map((service) => /** @type {const} */ ([`${service.name}.md`, servicePage(service, costs)])),
  ]);
}

/** @param {readonly CatalogService[]} services @param {Costs} costs */
function indexPage(services, costs) {
  const rows = services.map(({ name, description, operations }) => {
    const tokens = operations.reduce((sum, { id }) => sum + (costs.get(id) ?? 0), 0);
    return [`[${name}](${name}.md)`, cell(description), operations.length, tokens];
  });
  return page([
    '# Services',
    'What agents reach through the gateway. The tokens are what the definitions of all of a service’s tools cost an agent that is shown them.',
    table(['service', 'what', 'operations', 'tokens'], rows),
  ]);
}

/** @param {CatalogService} service @param {Costs} costs */
function servicePage({ name, description, operations, prompts }, costs) {
  const rows = operations.map((operation) => [
    `[${operation.name}](#${operation.name})`,
    `\`${operation.tool}\``,
    operation.permission,
    hints(operation).join(', '),
    costs.get(operation.id) ?? 0,
  ]);
  return page([
    `# ${name}`,
    cell(description),
    ...setUpOf(name),
    '## Operations',
    table(['operation', 'tool', 'permission', 'hints', 'tokens'], rows),
    ...operations.flatMap(operationPart),
    ...(prompts.length > 0 ? ['## Prompts', ...prompts.flatMap(promptPart)] : []),
  ]);
}

/** What an operator does first, written by hand beside the service. @param {string} name */
function setUpOf(name) {
  const files = readdirSync(SERVICES, { recursive: true, encoding: 'utf8' });
  const file = files.find((path) => path.endsWith(`/${name}.setup.md`));
  return file === undefined ? [] : ['## Setting it up', readFileSync(`${SERVICES}/${file}`, 'utf8').trim()];
}

/** @param {CatalogOperation} operation */
function operationPart({ name, description, service, patterns, inputSchema }) {
  const lines = patterns.map((pattern) => `/mcp-${service} ${pattern}`);
  return [`### ${name}`, cell(description), `\`\`\`\n${lines.join('\n')}\n\`\`\``, ...parametersOf(inputSchema)];
}

/** @param {JsonSchema} inputSchema */
function parametersOf({ properties = {}, required = [] }) {
  const rows = Object.entries(/** @type {Record<string, JsonSchema>} */ (properties)).map(([name, schema]) => [
    `\`${name}\``,
    typeOf(schema),
    /** @type {string[]} */ (required).includes(name) ? 'required' : defaultOf(schema),
    cell(String(schema.description ?? '')),
  ]);
  return rows.length > 0 ? [table(['parameter', 'type', 'default', 'what'], rows)] : [];
}

/** @param {CatalogPrompt} prompt */
function promptPart({ name, description, arguments: parameters }) {
  const rows = parameters.map((each) => [`\`${each.name}\``, each.required ? 'required' : '', cell(each.description)]);
  return [`### ${name}`, cell(description), ...(rows.length > 0 ? [table(['argument', '', 'what'], rows)] : [])];
}

/** @param {CatalogOperation} operation */
function hints({ annotations: { readOnly, destructive, idempotent, openWorld } }) {
  return [
    ...(readOnly ? ['read-only'] : destructive === false ? ['adds'] : ['destructive']),
    ...(idempotent ? ['idempotent'] : []),
    ...(openWorld === false ? ['closed world'] : []),
  ];
}

/** A JSON Schema in a word or two. @param {JsonSchema} schema @returns {string} */
function typeOf({ type, enum: values, items, anyOf }) {
  if (Array.isArray(values)) return values.map((value) => `\`${value}\``).join(', ');
  if (Array.isArray(anyOf)) return anyOf.map(typeOf).join(' or ');
  if (type === 'array') return `list of ${typeOf(/** @type {JsonSchema} */ (items ?? {}))}`;
  return typeof type === 'string' ? type : 'anything';
}

/** @param {JsonSchema} schema */
function defaultOf({ default: value }) {
  return value === undefined ? '' : `\`${JSON.stringify(value)}\``;
}

/** @param {readonly string[]} heads @param {readonly (readonly (string | number)[])[]} rows */
function table(heads, rows) {
  const line = (/** @type {readonly (string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

/** Text that stays text in Markdown, also in a table. @param {string} text */
function cell(text) {
  return text.replace(/[|<*]/g, '\\$&').replaceAll('\n', ' ');
}

/** @param {readonly string[]} parts */
function page(parts) {
  return `${WRITTEN}\n\n${parts.join('\n\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const load = (/** @type {string} */ file) => import(pathToFileURL(`dist/${file}`).href);
  const { createGateway } = await load('apps/gateway/src/configure-app.js');
  const { Catalog } = await load('libs/core/src/catalog/catalog.js');
  const { TokenCosts } = await load('libs/core/src/catalog/token-costs.js');
  // with a secret that is given, a gateway that is not started touches no disk
  const { app } = await createGateway({ MCP_SECRET_KEY: 'for a gateway that is never started', LOG_LEVEL: 'error' });
  const pages = servicePages(app.get(Catalog).services, await app.get(TokenCosts).all());
  rmSync(DIRECTORY, { recursive: true, force: true });
  mkdirSync(DIRECTORY, { recursive: true });
  for (const [name, text] of pages) writeFileSync(`${DIRECTORY}/${name}`, text);
  process.exit();
}
