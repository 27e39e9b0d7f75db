// `npm run docs:k8s`: writes docker/k8s/mcp-gateway.yaml, what the Helm chart makes of its own values, for clusters
// without Helm. Of Helm's language it knows what the chart uses, and refuses everything else.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const CHART = 'docker/helm/mcp-gateway';
const FILE = 'docker/k8s/mcp-gateway.yaml';

/** Tags with the white space that `-` takes away, and the texts between. */
const TAG = /(?:\s*\{\{-|\{\{) *(.*?) *(?:-\}\}\s*|\}\})/;

/**
 * The manifests by the names of the templates that have one.
 * @param {object} values which take the place of the chart's own
 * @param {{Name: string, Namespace: string}} release
 * @returns {Map<string, string>}
 */
export function renderChart(values = {}, release = { Name: 'mcp-gateway', Namespace: 'mcp-gateway' }) {
  const { appVersion, ...chart } = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
  const own = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  const scope = { Values: merged(own, values), Release: release, Chart: { ...chart, AppVersion: appVersion } };
  const folder = join(CHART, 'templates');
  const manifests = new Map();
  for (const name of readdirSync(folder).sort()) {
    const text = render(readFileSync(join(folder, name), 'utf8'), scope);
    if (text.trim() !== '') manifests.set(name, text);
  }
  return manifests;
}

/** As Helm does: maps are merged, everything else is replaced. @param {any} own @param {any} given @returns {any} */
function merged(own, given) {
  const isMap = (/** @type {any} */ value) => value !== null && typeof value === 'object' && !Array.isArray(value);
  if (!isMap(own) || !isMap(given)) return given;
  return { ...own, ...Object.fromEntries(Object.entries(given).map(([key, value]) => [key, merged(own[key], value)])) };
}

/** @param {string} template @param {Record<string, any>} scope */
export function render(template, scope) {
  const pieces = template.split(TAG);
  const { text, at } = renderUntilEnd(pieces, 0, scope);
  if (at < pieces.length) throw new Error('An {{ end }} ends nothing');
  return text;
}

/** @param {string[]} pieces texts at even places, tags at odd ones @param {number} from @param {Record<string, any>} [scope] without it nothing is written */
function renderUntilEnd(pieces, from, scope) {
  let text = pieces[from] ?? '';
  let at = from + 1;
  while (at < pieces.length) {
    const tag = pieces[at] ?? '';
    if (tag === 'end') return { text, at };
    const rounds = roundsOf(tag, scope);
    if (rounds === undefined) text += scope ? valueOf(tag, scope) : '';
    else {
      // one more, which writes nothing, finds the end where there is no round
      const inside = [...rounds, undefined].map((each) => renderUntilEnd(pieces, at + 1, each));
      text += inside
        .slice(0, -1)
        .map((each) => each.text)
        .join('');
      at = inside.at(-1)?.at ?? at;
      if (at >= pieces.length) throw new Error(`{{ ${tag} }} has no end`);
    }
    text += pieces[at + 1] ?? '';
    at += 2;
  }
  return { text, at };
}

/** The scopes in which what a block holds is written; undefined for a tag that is no block. @param {string} tag @param {Record<string, any>} [scope] */
function roundsOf(tag, scope) {
  const condition = /^if (not )?(\S+)$/.exec(tag);
  if (condition && scope) return isTrue(look(condition[2] ?? '', scope)) !== Boolean(condition[1]) ? [scope] : [];
  const loop = /^range (\$\w+), (\$\w+) := (\S+)$/.exec(tag);
  if (!scope && (condition || loop)) return [];
  if (!scope || !loop) return undefined;
  const [, key = '', value = '', path = ''] = loop;
  const entries = Object.entries(look(path, scope)).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, each]) => ({ ...scope, [key]: name, [value]: each }));
}

/** @param {string} tag @param {Record<string, any>} scope @returns {string} */
function valueOf(tag, scope) {
  const [, yaml, path = '', filter = ''] = /^(toYaml )?([.$][\w.]+)(?: \| (quote|nindent \d+))?$/.exec(tag) ?? [];
  if (path === '' || Boolean(yaml) !== filter.startsWith('nindent')) throw new Error(`Not known here: {{ ${tag} }}`);
  const value = look(path, scope);
  if (filter === 'quote') return JSON.stringify(String(value));
  if (!yaml) return String(value);
  const indent = ' '.repeat(Number(filter.slice('nindent '.length)));
  return stringify(value)
    .trimEnd()
    .split('\n')
    .map((line) => `\n${indent}${line}`)
    .join('');
}

/** @param {string} path @param {Record<string, any>} scope */
function look(path, scope) {
  if (path.startsWith('$')) return known(scope[path], path);
  return path
    .slice(1)
    .split('.')
    .reduce((found, name) => known(found?.[name], path), /** @type {any} */ (scope));
}

/** @param {any} value @param {string} path */
function known(value, path) {
  if (value === undefined || value === null) throw new Error(`${path} has no value`);
  return value;
}

/** @param {any} value */
function isTrue(value) {
  return typeof value === 'object' ? Object.keys(value).length > 0 : Boolean(value);
}

/** All of it as one file, the namespace first. */
export function plainManifests() {
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: mcp-gateway\n';
  const head = '# Written by npm run docs:k8s from docker/helm/mcp-gateway: change that one.\n';
  const manifests = [...renderChart().values()].map((text) =>
    text.trim().replace('\nmetadata:\n', '\nmetadata:\n  namespace: mcp-gateway\n'),
  );
  return head + [namespace.trim(), ...manifests].join('\n---\n') + '\n';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, plainManifests());
