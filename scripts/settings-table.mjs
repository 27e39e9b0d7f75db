// `npm run docs:settings`: writes the table of all settings, as they are declared, into docs/configuration.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PAGE = 'docs/configuration.md';
const START = '<!-- settings: written by npm run docs:settings -->\n';
const END = '<!-- end of settings -->\n';

/**
 * @typedef {object} Declared
 * @property {string} key
 * @property {string} variable
 * @property {{ aliases: readonly string[], fallback: string | undefined, secret: boolean, runtime: boolean, description: string }} setting
 */

/** The page with the table between its two marks. @param {string} page @param {Declared[]} declared */
export function withSettings(page, declared) {
  const before = page.slice(0, page.indexOf(START) + START.length);
  return before + settingsTable(declared) + page.slice(page.indexOf(END));
}

/** @param {Declared[]} declared */
function settingsTable(declared) {
  const rows = [...declared].sort((a, b) => (a.key < b.key ? -1 : 1)).map(row);
  return `| key | variable | default | at runtime | what |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

/** @param {Declared} declared */
function row({ key, variable, setting }) {
  const names = [variable, ...setting.aliases].map((name) => `\`${name}\``).join(' = ');
  const fallback = setting.fallback === undefined ? '' : `\`${setting.fallback}\``;
  const what = `${setting.description}${setting.secret ? ' (secret)' : ''}`.replaceAll('|', '\\|');
  return `| \`${key}\` | ${names} | ${fallback} | ${setting.runtime ? 'yes' : ''} | ${what} |`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { createGateway } = await import(pathToFileURL('dist/apps/gateway/src/configure-app.js').href);
  const { Configuration } = await import(pathToFileURL('dist/libs/core/src/index.js').href);
  // with a secret that is given, a gateway that is not started touches no disk
  const { app } = await createGateway({ MCP_SECRET_KEY: 'for a gateway that is never started', LOG_LEVEL: 'error' });
  writeFileSync(PAGE, withSettings(readFileSync(PAGE, 'utf8'), app.get(Configuration).keys.all()));
  process.exit();
}
