import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Namespace, Service, ServiceAccount } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { plainManifests, render, renderChart } from '../../scripts/chart.mjs';
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
  serviceMonitor: { enabled: true },
  publicUrl: 'https://mcp.example.com',
  configMapName: 'servers',
  env: { TRUSTED_PROXIES: '10.0.0.0/8', LOG_LEVEL: 'debug' },
};
const chart = (values: object) => new Map([...renderChart(values)].map(([name, text]) => [name, parse(text)]));
const full = chart(everything);
const deployment = full.get('deployment.yaml');
const pod = deployment.spec.template.spec;
const [gateway] = pod.containers;
const [migration] = full.get('migration.yaml').spec.template.spec.containers;

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
    expect(pod.volumes).toContainEqual({ name: 'secrets', secret: { secretName: 'mcp-gateway' } });
    expect(gateway.env).toContainEqual({ name: 'TRUSTED_PROXIES', value: '10.0.0.0/8' });
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
    expect(full.get('servicemonitor.yaml').spec.endpoints[0]).toMatchObject({ port: 'metrics', path: '/metrics' });
  });

  it('runs as nobody that is anybody, writes to its volumes alone, and is given time to stop', () => {
    for (const { securityContext } of [pod, full.get('migration.yaml').spec.template.spec]) {
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

  it('grows with a metric that the gateway has', () => {
    const [{ pods }] = full.get('horizontalpodautoscaler.yaml').spec.metrics;
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

describe('what stands in for Helm', () => {
  const scope = { Values: { on: true, off: '', map: { b: 'x', a: 1 }, deep: { list: ['y'] } } };

  it.each([
    ['a: {{ .Values.deep.list }}', 'a: y'],
    ['a: {{ .Values.map.a | quote }}', 'a: "1"'],
    ['{{- if .Values.on }}\nyes\n{{- end }}', '\nyes'],
    ['x\n{{- if .Values.off }}\nyes\n{{- end }}\n', 'x\n'],
    ['{{ if not .Values.off }}no{{ end }}', 'no'],
    ['{{ range $k, $v := .Values.map }}{{ $k }}={{ $v }};{{ end }}', 'a=1;b=x;'],
    ['l:\n  {{- toYaml .Values.deep.list | nindent 2 }}', 'l:\n  - y'],
  ])('%j becomes %j', (template, text) => {
    expect(render(template, scope)).toBe(text);
  });

  it.each([
    ['{{ .Values.none }}', /\.Values\.none has no value/],
    ['{{ include "x" . }}', /Not known here/],
    ['{{ .Values.on | upper }}', /Not known here/],
    ['{{ if .Values.on }}', /has no end/],
    ['{{ end }}', /ends nothing/],
  ])('%j is refused', (template, message) => {
    expect(() => render(template, scope)).toThrow(message);
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
