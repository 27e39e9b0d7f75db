import { N8N_KEY, N8nServer } from '../contract/n8n/n8n-server.js';
import type { Sample, ServiceSamples } from './sample.js';

/** An n8n with two workflows, one of which may be run and changed. */
export async function n8nSamples(): Promise<ServiceSamples> {
  const server = new N8nServer();
  const url = await server.contract.start();
  server.add('Orders', { id: 'orders', tags: [{ id: 't1', name: 'production' }] }, { responseMode: 'lastNode' });
  server.add('Nightly', { id: 'nightly', active: false });
  const done = server.ran('nightly');
  const failed = server.ran('nightly', { status: 'error' });

  /** A sample whose call takes away what is made for it. */
  const takesAway = (make: () => string, member: string, command: string) => ({
    input: {},
    command: '',
    before: async (sample: Sample) => {
      const id = make();
      Object.assign(sample, { input: { [member]: id }, command: `/mcp-n8n ${command} ${id}` });
    },
    stable: ({ deleted }: { deleted: boolean }) => deleted,
  });
  const samples: Record<string, Sample> = {
    'n8n.list-workflows': {
      input: { active: true, tags: ['production'] },
      command: '/mcp-n8n list-workflows --active --tags production',
    },
    'n8n.get-workflow': { input: { workflow: 'Nightly' }, command: '/mcp-n8n get-workflow Nightly' },
    'n8n.list-webhooks': { input: { workflow: 'nightly' }, command: '/mcp-n8n list-webhooks nightly' },
    'n8n.execute': {
      input: { workflow: 'orders', data: { order: 7 }, wait: true },
      command: '/mcp-n8n execute orders --wait {"data": {"order": 7}}',
      stable: ({ execution: { id: _, ...execution }, ...rest }: { execution: { id: string } }) => [rest, execution],
    },
    'n8n.trigger-webhook': {
      input: { path: 'path-orders', data: { order: 8 } },
      command: '/mcp-n8n trigger-webhook path-orders {"data": {"order": 8}}',
    },
    'n8n.activate': { input: { workflow: 'orders' }, command: '/mcp-n8n activate orders' },
    'n8n.deactivate': { input: { workflow: 'nightly' }, command: '/mcp-n8n deactivate nightly' },
    'n8n.list-executions': {
      input: { workflow: 'nightly', status: 'error', limit: 5 },
      command: '/mcp-n8n list-executions nightly --status error --limit 5',
    },
    'n8n.get-execution': {
      input: { id: done, includeData: true },
      command: `/mcp-n8n get-execution ${done} --include-data`,
    },
    'n8n.retry-execution': {
      input: { id: failed },
      command: `/mcp-n8n retry-execution ${failed}`,
      stable: ({ id: _, ...execution }: { id: string }) => execution,
    },
    'n8n.delete-execution': takesAway(() => server.ran('nightly'), 'id', 'delete-execution'),
    'n8n.create-workflow': {
      input: { workflow: { name: 'Made', nodes: [] } },
      command: '/mcp-n8n create-workflow {"workflow": {"name": "Made", "nodes": []}}',
      stable: ({ id: _, ...workflow }: { id: string }) => workflow,
    },
    'n8n.update-workflow': {
      input: { workflow: 'nightly', change: { name: 'Nightly' } },
      command: '/mcp-n8n update-workflow nightly {"change": {"name": "Nightly"}}',
    },
    'n8n.delete-workflow': takesAway(() => server.add('Gone'), 'workflow', 'delete-workflow'),
    'n8n.list-tags': { input: {}, command: '/mcp-n8n list-tags' },
    'n8n.audit': {
      input: { categories: ['credentials'] },
      command: '/mcp-n8n audit --categories credentials',
    },
    'n8n.health': {
      input: {},
      command: '/mcp-n8n health',
      stable: ({ latencyMs: _, ...health }: Record<string, unknown>) => health,
    },
  };
  return {
    env: { N8N_API_URL: url, N8N_API_KEY: N8N_KEY },
    samples,
    close: async () => {
      await server.contract.close();
      if (server.contract.violations.length > 0) throw new Error(server.contract.violations.join('\n'));
    },
  };
}
