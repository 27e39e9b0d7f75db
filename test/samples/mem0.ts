import { ADMIN_KEY, type TestGateway } from '../gateway.js';
import type { Sample, ServiceSamples } from './sample.js';

/** What differs from call to call. */
const withoutTimes = ({ updatedAt: _, ...memory }: Record<string, unknown>) => memory;

/** In the gateway's own store, where the agent `sample-agent` remembers one thing. */
export async function mem0Samples(): Promise<ServiceSamples> {
  let gateway: TestGateway;
  const remember = async (scope: object, text: string): Promise<string> => {
    const answer = await gateway.post('/api/services/mem0/remember', { text, ...scope }, { 'x-mcp-key': ADMIN_KEY });
    return (answer.body as { data: { memories: { id: string }[] } }).data.memories[0]!.id;
  };
  const forgets = (command: string): Sample => ({
    input: {},
    command: '',
    before: async (sample) => {
      const memoryId = await remember({}, 'Soon forgotten');
      Object.assign(sample, { input: { memoryId }, command: `/mcp-mem0 ${command} ${memoryId}` });
    },
    stable: ({ forgotten }: { forgotten: boolean }) => forgotten,
  });
  const samples: Record<string, Sample> = {
    'mem0.remember': {
      input: { text: 'User prefers TypeScript', userId: 'alice' },
      command: '/mcp-mem0 remember "User prefers TypeScript" --user-id alice',
      stable: ({ memories }: { memories: { event: string; text: string }[] }) =>
        memories.map(({ event, text }) => [event, text]),
    },
    'mem0.search': {
      input: { query: 'programming preferences', agentId: 'sample-agent' },
      command: '/mcp-mem0 search "programming preferences" --agent-id sample-agent',
      stable: ({ memories, ...rest }: { memories: Record<string, unknown>[] }) => [rest, memories.map(withoutTimes)],
    },
    'mem0.get-context': {
      input: { agentId: 'sample-agent' },
      command: '/mcp-mem0 get-context sample-agent',
    },
    'mem0.list': {
      input: { agentId: 'sample-agent', limit: 5 },
      command: '/mcp-mem0 list --agent-id sample-agent --limit 5',
      stable: ({ memories, ...rest }: { memories: Record<string, unknown>[] }) => [rest, memories.map(withoutTimes)],
    },
    'mem0.list-entities': {
      input: { type: 'run', agentId: 'sample-agent' },
      command: '/mcp-mem0 list-entities run --agent-id sample-agent',
    },
    'mem0.forget': forgets('forget'),
    'mem0.delete-all': {
      input: { userId: 'bob', runId: 'r1' },
      command: '/mcp-mem0 delete-all --user-id bob --run-id r1',
      before: async () => {
        await remember({ userId: 'bob', runId: 'r1' }, 'Bob was here');
      },
    },
    'mem0.delete-entity': {
      input: { type: 'run', id: 'r2' },
      command: '/mcp-mem0 delete-entity run r2',
      before: async () => {
        await remember({ runId: 'r2' }, 'Run two');
      },
    },
    'mem0.health': {
      input: {},
      command: '/mcp-mem0 health',
      stable: ({ latencyMs: _, ...health }: Record<string, unknown>) => health,
    },
    // Their ids are filled in when there is one.
    'mem0.get': { input: {}, command: '', stable: withoutTimes },
    'mem0.history': {
      input: {},
      command: '',
      stable: ({ changes }: { changes: { event: string }[] }) => changes[0]?.event,
    },
    'mem0.update': { input: {}, command: '', stable: withoutTimes },
  };
  return {
    env: {},
    samples,
    ready: async (started) => {
      gateway = started;
      const memoryId = await remember({ agentId: 'sample-agent', runId: 'r0' }, 'User prefers TypeScript for programs');
      const input = { memoryId, agentId: 'sample-agent' };
      for (const name of ['get', 'history']) {
        Object.assign(samples[`mem0.${name}`]!, {
          input,
          command: `/mcp-mem0 ${name} ${memoryId} --agent-id sample-agent`,
        });
      }
      Object.assign(samples['mem0.update']!, {
        input: { ...input, metadata: { kind: 'taste' } },
        command: `/mcp-mem0 update ${memoryId} --agent-id sample-agent {"metadata": {"kind": "taste"}}`,
      });
    },
  };
}
