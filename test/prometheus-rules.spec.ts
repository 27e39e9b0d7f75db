import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string; rule: string };
  annotations: { summary: string; description: string; runbook: string };
}

const { groups } = parse(readFileSync('docker/prometheus/alerts.yml', 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const page = readFileSync('docs/alerts.md', 'utf8');
const words = new Set([
  'by',
  'on',
  'and',
  'or',
  'unless',
  'absent',
  'sum',
  'max',
  'rate',
  'increase',
  'histogram_quantile',
  'label_replace',
]);

/** Names of metrics in an expression: what is no function, no keyword, no label and no text. */
function metricsIn(expr: string): string[] {
  const bare = expr.replaceAll(/"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|on) \([^)]*\)/g, ' ');
  return [...bare.matchAll(/[a-z_]{2,}\w*/g)].map(([name]) => name).filter((name) => !words.has(name));
}

let known: Set<string>;
beforeAll(async () => {
  const ours = JSON.parse(readFileSync('test/snapshots/metrics.json', 'utf8')) as Record<string, { type: string }>;
  const names = Object.entries(ours).flatMap(([name, { type }]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_count`] : [name],
  );
  const register = new Registry();
  collectDefaultMetrics({ register });
  // what Prometheus itself tells of a target
  known = new Set([...names, ...(await register.getMetricsAsJSON()).map(({ name }) => name), 'up']);
});

describe.each(rules)('$alert', ({ expr, labels, annotations, ...rule }) => {
  it('asks for metrics that there are', () => {
    const metrics = metricsIn(expr);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((name) => !known.has(name))).toEqual([]);
  });

  it('tells what it means and what to do, and where that is written', () => {
    expect(rule.for).toMatch(/^\d+[sm]$/);
    expect(['warning', 'critical']).toContain(labels.severity);
    for (const text of Object.values(annotations)) expect(text.length).toBeGreaterThan(20);
    expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook']);
    if (annotations.runbook.includes('docs/alerts.md')) {
      expect(annotations.runbook).toContain(`docs/alerts.md#${labels.rule}`);
      expect(page).toContain(`\n### ${labels.rule}\n`);
    }
  });
});

it.each(['error-rate', 'latency', 'upstream-latency'])('%s waits for as many calls as the gateway’s own', (rule) => {
  const own = readFileSync('libs/core/src/observability/alerts/gateway-readings.ts', 'utf8');
  const [, enough] = /^const ENOUGH_CALLS = (\d+);$/m.exec(own)!;
  const { expr, annotations } = rules.find(({ labels }) => labels.rule === rule)!;
  expect(expr).toMatch(new RegExp(` and sum by \\(instance, job\\) \\(increase\\(.+\\) >= ${enough}$`));
  expect(annotations.description).toMatch(new RegExp(`^Of at least ${enough} calls in a minute`));
  expect(page).toMatch(new RegExp(`\n### ${rule}\n\n[^#]*of at least ${enough}\\b`));
});

it('tells of a gateway that does not answer, and of none at all', () => {
  const up = 'up{job="mcp-gateway"}';
  expect(rules.find(({ alert }) => alert === 'McpGatewayDown')?.expr).toBe(`${up} == 0 or absent(${up})`);
});

it('every rule of the page is among them', () => {
  const told = [...page.matchAll(/^### (\S+)$/gm)].map(([, rule]) => rule);
  expect(told.filter((rule) => !rules.some(({ labels }) => labels.rule === rule))).toEqual([]);
});
