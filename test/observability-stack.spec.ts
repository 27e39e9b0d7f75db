import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const docker = resolve(import.meta.dirname, '..', 'docker');
const read = (path: string) => readFileSync(join(docker, path), 'utf8');
const yaml = (path: string) => parse(read(path), { merge: true });

/** Metrics that every process has, by prom-client's default collectors. */
const ofProcess = /^(?:process|nodejs)_\w+$/;
const declared = new Set(
  Object.keys(JSON.parse(readFileSync(join(import.meta.dirname, 'snapshots', 'metrics.json'), 'utf8')) as object),
);
const dashboard = JSON.parse(read('grafana/dashboards/gateway.json')) as { uid: string; panels: any[] };
const sources = yaml('grafana/provisioning/datasources/datasources.yml').datasources as any[];

describe('the dashboard', () => {
  const queries = dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, datasource }: any) => ({ title, expr, source: datasource.uid })),
  );

  it('asks only for metrics that the gateway has', () => {
    const asked = queries
      .filter(({ source }) => source === 'prometheus')
      .flatMap(({ expr }) => expr.match(/\b(?:mcp|http|process|nodejs)_\w+/g) as string[]);
    expect(asked.length).toBeGreaterThan(15);
    const unknown = asked.filter((name) => {
      return !ofProcess.test(name) && !declared.has(name) && !declared.has(name.replace(/_(?:bucket|sum|count)$/, ''));
    });
    expect(unknown).toEqual([]);
  });

  it('asks sources that are provisioned, and panels have numbers of their own', () => {
    const uids = new Set(sources.map(({ uid }) => uid));
    expect(queries.filter(({ source }) => !uids.has(source))).toEqual([]);
    const ids = dashboard.panels.map(({ id }) => id as number);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the compose file', () => {
  const { services, volumes } = yaml('compose.observability.yml');

  it('mounts only what is there, and volumes that it declares', () => {
    const mounts = Object.values<any>(services).flatMap(
      ({ volumes: own = [] }) => own as (string | { source: string })[],
    );
    for (const mount of mounts) {
      const [from = ''] = typeof mount === 'string' ? mount.split(/:(?=\/)/) : [mount.source];
      if (from.startsWith('./')) expect(existsSync(join(docker, from)), from).toBe(true);
      else if (!from.startsWith('$')) expect(volumes).toHaveProperty(from);
    }
  });

  it('opens ports to this machine alone, and starts nothing without its profile', () => {
    for (const { ports = [], profiles } of Object.values<any>(services)) {
      expect(profiles).toEqual(['observability']);
      for (const port of ports as string[]) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('pins every image to a version', () => {
    for (const { image } of Object.values<any>(services)) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
  });

  it('links its parts by the names and ports that they have', () => {
    const tempo = yaml('tempo/tempo.yml');
    const loki = yaml('loki/loki.yml');
    const urls = sources.map(({ url }) => url as string);
    expect(urls).toEqual([
      'http://prometheus:9090',
      `http://loki:${loki.server.http_listen_port}`,
      `http://tempo:${tempo.server.http_listen_port}`,
    ]);
    expect(Object.keys(services as object)).toEqual(expect.arrayContaining(['prometheus', 'loki', 'tempo']));
    expect(tempo.distributor.receivers.otlp.protocols.http.endpoint).toMatch(/:4318$/);
    expect(read('alloy/config.alloy')).toContain(`http://loki:${loki.server.http_listen_port}/loki/api/v1/push`);
  });
});
