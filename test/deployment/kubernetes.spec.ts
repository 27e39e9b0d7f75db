import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Namespace, Service, ServiceAccount } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { plainManifests, renderChart } from '../../scripts/chart.mjs';
import { Networks } from '../../libs/core/src/access/networks.js';
import { unknownFields } from './known-fields.js';
import { complaint, defaultOf, read, version } from './known.js';

const kinds: Record<string, new (value: any) => { validate(): void; apiVersion: string }> = {
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  Service,
  ServiceAccount,
  ServiceMonitor,
};

/** Paths at which `manifest` is not what Kubernetes knows of its kind. Throws where a value is wrong. */
function strangersIn(manifest: any): string[] {
  const Kind = kinds[manifest.kind as string]!;
  expect(new Kind({}).apiVersion).toBe(manifest.apiVersion);
  return unknownFields(manifest as object, (watched) => Kind.prototype.validate.call(watched));
}

const everything = {
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  autoscaling: { inFlight: 64 },
  publicUrl: 'https://mcp.example.com',
  allowedHosts: ['mcp.internal', 'mcp.example.org:8443'],
  configMapName: 'servers',
  imagePullSecrets: [{ name: 'registry' }],
  extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
  extraVolumeMounts: [{ name: 'ca', mountPath: '/etc/ca', readOnly: true }],
  env: { TRUSTED_PROXIES: '10.0.0.0/8', LOG_LEVEL: 'debug', MCP_MAX_BODY_BYTES: 2_097_152 },
};
const chart = (values: object) => new Map([...renderChart(values)].map(([name, text]) => [name, parse(text)]));
const full = chart(everything);
const deployment = full.get('deployment.yaml');
const pod = deployment.spec.template.spec;
const [gateway] = pod.containers;
const migrationPod = full.get('migration.yaml').spec.template.spec;
const [migration] = migrationPod.containers;

describe('the chart', () => {
  it.each([...full])('%s is what Kubernetes knows of its kind', (_name, manifest) => {
    expect(strangersIn(manifest)).toEqual([]);
  });

  it('has a value for whatever its switches are', () => {
    const off = { autoscaling: { enabled: false }, networkPolicy: { enabled: false } };
    const bare = chart(off);
    expect([...full.keys()].filter((name) => !bare.has(name))).toEqual([
      'horizontalpodautoscaler.yaml',
      'networkpolicy.yaml',
      'servicemonitor.yaml',
    ]);
    expect(bare.get('deployment.yaml').spec.replicas).toBe(3);
    expect(deployment.spec.replicas).toBeUndefined();
    for (const manifest of bare.values()) expect(strangersIn(manifest)).toEqual([]);
  });

  it('is of the gateway’s version, and so is the image', () => {
    expect(parse(read('docker/helm/mcp-gateway/Chart.yaml'))).toMatchObject({ version, appVersion: version });
    for (const { image } of [gateway, migration]) expect(image).toBe(`registry.example.com/mcp-gateway:${version}`);
  });

  it('sets only what the gateway reads, and secrets by the files of one that exists', () => {
    const variables = [...gateway.env, ...migration.env] as { name: string; value: string }[];
    expect(variables.flatMap(({ name, value }) => complaint(name, value) ?? [])).toEqual([]);
    const files = variables.filter(({ name }) => name.endsWith('_FILE'));
    const [{ mountPath }] = gateway.volumeMounts.filter(({ name }: any) => name === 'secrets');
    expect(files).toHaveLength(5);
    for (const { value } of files) expect(value.startsWith(`${mountPath}/`)).toBe(true);
  });

  it('gives the migration what the pods have to reach the store: all of the Secret, settings, the config file and volumes', () => {
    for (const [{ volumes, imagePullSecrets }, { env, volumeMounts }] of [
      [pod, gateway],
      [migrationPod, migration],
    ]) {
      expect(volumes).toContainEqual({ name: 'secrets', secret: { secretName: 'mcp-gateway' } });
      expect(volumes).toContainEqual(everything.extraVolumes[0]);
      expect(volumeMounts).toContainEqual(everything.extraVolumeMounts[0]);
      expect(volumes).toContainEqual({ name: 'config', configMap: { name: 'servers' } });
      expect(volumeMounts).toContainEqual({ name: 'config', mountPath: '/app/config', readOnly: true });
      expect(imagePullSecrets).toEqual(everything.imagePullSecrets);
      expect(env).toContainEqual({ name: 'TRUSTED_PROXIES', value: '10.0.0.0/8' });
      // not as Helm writes large numbers
      expect(env).toContainEqual({ name: 'MCP_MAX_BODY_BYTES', value: '2097152' });
    }
  });

  it('has a value for each variable that it sets, and refuses to set it twice', () => {
    const given = Object.keys(everything.env);
    const own = (gateway.env as { name: string; value: string }[]).filter(({ name }) => !given.includes(name));
    expect(own.map(({ name }) => name)).toHaveLength(7);
    for (const { name } of own) {
      expect(() => chart({ env: { [name]: 'x' } })).toThrow(`env.${name}: the chart sets it itself`);
    }
    const settings = Object.fromEntries(own.map(({ name, value }) => [name, value]));
    expect(settings.ALLOWED_HOSTS!.split(',').slice(-3)).toEqual([
      'mcp-gateway.mcp-gateway.svc.cluster.local',
      ...everything.allowedHosts,
    ]);
    expect(settings.TRUSTED_NETWORKS).toBe('none');
    const [{ env }] = chart({ trustedNetworks: '10.1.0.0/16' }).get('deployment.yaml').spec.template.spec.containers;
    expect(env).toContainEqual({ name: 'TRUSTED_NETWORKS', value: '10.1.0.0/16' });
  });

  it.each(['PORT', 'MCP_PORT', 'METRICS_PORT', 'DATA_DIR', 'DATABASE_URL', 'MCP_SECRET_KEY'])(
    'refuses %s, which would break the pods',
    (name) => {
      expect(() => chart({ env: { [name]: 'x' } })).toThrow(`env.${name}: `);
    },
  );

  it('trusts no network where the list of them is empty, which would be the default of the gateway', () => {
    const [{ env }] = chart({ trustedNetworks: '' }).get('deployment.yaml').spec.template.spec.containers;
    expect(env).toContainEqual({ name: 'TRUSTED_NETWORKS', value: 'none' });
  });

  it.each(['123', 'true', 'null'])('is released under the name %s as a text', (Name) => {
    const values = { ...everything, configMapName: Name, secretName: Name };
    for (const text of renderChart(values, { Name, Namespace: 'gateways' }).values()) {
      const manifest = parse(text);
      expect(strangersIn(manifest)).toEqual([]);
      expect(manifest.metadata.name).toMatch(Name);
    }
  });

  it.each([
    [{ tag: '0.2.0-rc.1' }, ':0.2.0-rc.1'],
    [{ tag: '0.2.0', digest: 'sha256:0123' }, '@sha256:0123'],
  ])('takes an image by %j', (image, name) => {
    const other = chart({ image });
    for (const file of ['deployment.yaml', 'migration.yaml']) {
      expect(other.get(file).spec.template.spec.containers[0].image).toBe(`registry.example.com/mcp-gateway${name}`);
    }
  });

  it.each([20_261_128, 1.1])('refuses the tag %d, of which YAML has made a number', (tag) => {
    expect(() => chart({ image: { tag } })).toThrow('image.tag: write it in quotes');
  });

  it('keeps the gateway from what tells a cloud’s secrets, and not from resolvers with an address beside it', () => {
    const [dns, others] = full.get('networkpolicy.yaml').spec.egress;
    expect(dns).toEqual({ ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 })) });
    expect(others.ports).toBeUndefined();
    const reached = (address: string) =>
      others.to.some(({ ipBlock: { cidr, except } }: any) => {
        const inside = (network: string) => new Networks([network]).includes(address);
        return cidr.includes(':') === address.includes(':') && inside(cidr as string) && !except.some(inside);
      });
    const tried = ['8.8.8.8', '2001:db8::1', '169.254.169.254', '169.254.170.2', 'fe80::1', 'fd00:ec2::254'];
    expect(tried.filter(reached)).toEqual(['8.8.8.8', '2001:db8::1']);
  });

  it.each([
    ['clients', [9090]],
    ['monitoring', [8100]],
  ])('lets nobody in where the list %s is empty, rather than everybody', (list, ports) => {
    const { ingress } = chart({ networkPolicy: { [list]: [] } }).get('networkpolicy.yaml').spec;
    expect(ingress.map(({ ports: [{ port }] }: any) => port)).toEqual(ports);
    for (const { from } of ingress) expect(from).not.toHaveLength(0);
  });

  it('lets nobody in or out where all lists are empty', () => {
    const policy = chart({ networkPolicy: { clients: [], monitoring: [], egress: [] } }).get('networkpolicy.yaml');
    expect(policy.spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(Object.keys(policy.spec as object)).toEqual(['podSelector', 'policyTypes']);
    expect(strangersIn(policy)).toEqual([]);
  });

  it('asks addresses and ports that the gateway has', () => {
    const routes = read('test/routes.e2e-spec.ts');
    const ports = new Map(gateway.ports.map(({ name, containerPort }: any) => [name, String(containerPort)]));
    expect(Object.fromEntries(ports)).toEqual({ http: defaultOf('PORT'), metrics: defaultOf('METRICS_PORT') });
    const probes = [gateway.startupProbe, gateway.readinessProbe, gateway.livenessProbe].map(({ httpGet }) => httpGet);
    expect(probes.map(({ path }) => path)).toEqual(['/health', '/ready', '/health']);
    for (const { path, port } of probes) {
      expect(routes).toMatch(new RegExp(`GET +${path} +public`));
      expect(ports.has(port)).toBe(true);
    }
    expect(full.get('service.yaml').spec.ports.map(({ name, port }: any) => [name, String(port)])).toEqual([...ports]);
    const open = full.get('networkpolicy.yaml').spec.ingress.map(({ ports: [{ port }] }: any) => String(port));
    expect(open).toEqual([...ports.values()]);
    const { metadata, spec } = full.get('servicemonitor.yaml');
    // its own label "service" is what alerts and the dashboard speak of
    expect(spec.endpoints[0]).toMatchObject({ port: 'metrics', path: '/metrics', honorLabels: true });
    expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/name': 'mcp-gateway', release: 'prometheus' });
  });

  it('takes no settings from the names of Services beside it', () => {
    expect([pod, migrationPod].map(({ enableServiceLinks }) => enableServiceLinks)).toEqual([false, false]);
  });

  it('runs as nobody that is anybody, writes to its volumes alone, and is given time to stop', () => {
    for (const { securityContext } of [pod, migrationPod]) {
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1001,
        seccompProfile: { type: 'RuntimeDefault' },
      });
    }
    for (const { securityContext } of [gateway, migration]) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    const preStopSeconds = Number(/(\d+)000\)/.exec(gateway.lifecycle.preStop.exec.command[2] as string)?.[1]);
    expect(preStopSeconds).toBe(5);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(preStopSeconds + 15);
  });

  it('finds its pods by the labels that they have, and not those of the migration', () => {
    const labels = deployment.spec.template.metadata.labels;
    const selectors = [
      deployment.spec.selector.matchLabels,
      full.get('service.yaml').spec.selector,
      full.get('poddisruptionbudget.yaml').spec.selector.matchLabels,
      full.get('networkpolicy.yaml').spec.podSelector.matchLabels,
      pod.topologySpreadConstraints[0].labelSelector.matchLabels,
    ];
    for (const selector of selectors) expect(selector).toEqual(labels);
    expect(full.get('servicemonitor.yaml').spec.selector.matchLabels).toEqual(full.get('service.yaml').metadata.labels);
    expect(full.get('migration.yaml').spec.template.metadata.labels).not.toEqual(labels);
    expect(full.get('horizontalpodautoscaler.yaml').spec.scaleTargetRef.name).toBe(deployment.metadata.name);
  });

  it('grows with a metric that the gateway has, where it is switched on', () => {
    const metricsOf = (values: object) => chart(values).get('horizontalpodautoscaler.yaml').spec.metrics;
    const [{ pods }] = metricsOf({ autoscaling: { inFlight: 64 } });
    expect(pods.target.averageValue).toBe('64');
    expect(metricsOf({}).map(({ type }: any) => type)).toEqual(['Resource']);
    expect(JSON.parse(read('test/snapshots/metrics.json'))).toHaveProperty(pods.metric.name);
    expect(read('docs/deployment.md')).toContain(`seriesQuery: '${pods.metric.name}{`);
  });
});

describe('docker/k8s/mcp-gateway.yaml', () => {
  it('is what the chart makes of its own values; npm run docs:k8s writes it', () => {
    expect(read('docker/k8s/mcp-gateway.yaml')).toBe(plainManifests());
  });

  it('is what Kubernetes knows, all in one namespace', () => {
    const manifests = parseAllDocuments(read('docker/k8s/mcp-gateway.yaml')).map((document) => document.toJS());
    expect(manifests.length).toBe(chart({}).size + 1);
    for (const manifest of manifests) {
      expect(strangersIn(manifest)).toEqual([]);
      expect(manifest.kind === 'Namespace' || manifest.metadata.namespace === 'mcp-gateway').toBe(true);
    }
  });
});

describe('strangersIn', () => {
  it('tells a field that Kubernetes does not know, and a value that is none', () => {
    const wrong = structuredClone(deployment);
    wrong.spec.template.spec.containers[0].imagee = 'x';
    expect(strangersIn(wrong)).toEqual(['/spec/template/spec/containers/0/imagee']);
    wrong.spec.template.spec.containers[0].ports[0].containerPort = 'many';
    expect(() => strangersIn(wrong)).toThrow(/containerPort/);
  });
});
