// `npm run docs:k8s`: writes docker/k8s/mcp-gateway.yaml, what the Helm chart makes of its own values, for clusters
// without Helm.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { render } from './helm-template.mjs';

const CHART = 'docker/helm/mcp-gateway';
const FILE = 'docker/k8s/mcp-gateway.yaml';

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
  const defined = new Map();
  // what the others include comes first, as `_` does
  for (const name of readdirSync(folder).sort()) {
    const text = render(readFileSync(join(folder, name), 'utf8'), scope, defined);
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
