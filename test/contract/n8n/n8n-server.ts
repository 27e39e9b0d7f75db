import { ContractServer, type ContractCall, type Reply, type Route } from '../contract-server.js';
import * as described from './description.js';

export const N8N_KEY = 'n8n-api-key-of-the-contract-server';
/** Opens webhooks that ask for a header. */
export const WEBHOOK_TOKEN = 'Bearer opens-webhooks';

interface Node {
  name: string;
  type: string;
  disabled?: boolean;
  webhookId?: string;
  parameters: Record<string, unknown>;
}

interface Workflow {
  id: string;
  name: string;
  active: boolean;
  nodes: Node[];
  connections: object;
  settings: object;
  tags: { id: string; name: string }[];
  createdAt: string;
  updatedAt: string;
  isArchived: boolean;
  versionId: string;
}

interface Execution {
  id: string;
  workflowId: string;
  mode: string;
  status: string;
  startedAt: string;
  stoppedAt: string | null;
  retryOf: string | null;
  /** What the workflow was given. */
  input: unknown;
  /** Reads until it has ended. */
  left: number;
  fails: boolean;
}

const TAGS = [
  { id: 't1', name: 'production' },
  { id: 't2', name: 'test' },
];
const AT = '2026-11-01T10:00:00.000Z';

/** An n8n that keeps its workflows and executions in memory, and runs none of them. */
export class N8nServer {
  readonly workflows = new Map<string, Workflow>();
  executions: Execution[] = [];
  /** Of the executions to come: reads until each has ended, and whether it fails. */
  runs = { reads: 0, fails: false };
  /** What an instance with the settings for it does: keeps no execution. */
  forgetful = false;
  readonly contract: ContractServer;
  private made = 0;

  constructor() {
    this.contract = new ContractServer(this.routes(), (call) => this.gate(call));
  }

  /** Adds a workflow with one Webhook node, and answers its id. */
  add(name: string, more: Partial<Workflow> = {}, webhook: Record<string, unknown> = {}): string {
    const id = more.id ?? `wf${(this.made += 1)}`;
    const nodes = [
      {
        name: 'Webhook',
        type: 'n8n-nodes-base.webhook',
        webhookId: `hook-${id}`,
        parameters: { path: `path-${id}`, httpMethod: 'POST', ...webhook },
      },
      { name: 'Answer', type: 'n8n-nodes-base.set', parameters: { apiSecret: 'in the parameters' } },
    ];
    const times = { createdAt: AT, updatedAt: AT };
    const rest = { active: true, connections: {}, settings: { executionOrder: 'v1' }, tags: [], isArchived: false };
    this.workflows.set(id, { id, name, nodes, versionId: 'v1', ...times, ...rest, ...more });
    return id;
  }

  /** Adds an execution, and answers its id. */
  ran(workflowId: string, more: Partial<Execution> = {}): string {
    const id = String(1_000 + this.executions.length);
    this.executions.push({
      id,
      workflowId,
      mode: 'webhook',
      status: 'success',
      startedAt: AT,
      stoppedAt: '2026-11-01T10:00:01.500Z',
      retryOf: null,
      input: {},
      left: 0,
      fails: false,
      ...more,
    });
    return id;
  }

  private gate({ path, headers }: ContractCall): Reply | undefined {
    if (!path.startsWith('/api/v1/')) return undefined;
    const key = headers['x-n8n-api-key'];
    if (key === undefined) return { status: 401, body: { message: "'X-N8N-API-KEY' header required" } };
    return key === N8N_KEY ? undefined : { status: 401, body: { message: 'unauthorized' } };
  }

  private routes(): Route[] {
    const api = '/api/v1';
    const one = { answer: described.workflow };
    const ran = { answer: described.execution };
    return [
      { method: 'GET', path: '/healthz', handle: () => ok({ status: 'ok' }) },
      {
        method: 'GET',
        path: `${api}/workflows`,
        query: {
          active: { type: 'boolean' },
          tags: { type: 'string' },
          name: { type: 'string' },
          projectId: { type: 'string' },
          excludePinnedData: { type: 'boolean' },
          ...described.page,
        },
        answer: described.workflows,
        handle: (call) => this.listWorkflows(call),
      },
      {
        method: 'POST',
        path: `${api}/workflows`,
        body: described.workflowSent,
        ...one,
        handle: ({ body }) => ok(this.workflows.get(this.add(body.name, { active: false, ...body }))),
      },
      { method: 'GET', path: `${api}/workflows/{id}`, ...one, handle: (call) => this.withWorkflow(call, ok) },
      {
        method: 'PUT',
        path: `${api}/workflows/{id}`,
        body: described.workflowSent,
        ...one,
        handle: (call) =>
          this.withWorkflow(call, (found) => {
            const settings = { ...found.settings, ...call.body.settings };
            return ok(Object.assign(found, call.body, { settings }));
          }),
      },
      {
        method: 'DELETE',
        path: `${api}/workflows/{id}`,
        ...one,
        handle: (call) =>
          this.withWorkflow(call, (found) => {
            this.workflows.delete(found.id);
            return ok(found);
          }),
      },
      { method: 'POST', path: `${api}/workflows/{id}/activate`, ...one, handle: (call) => this.activate(call) },
      {
        method: 'POST',
        path: `${api}/workflows/{id}/deactivate`,
        ...one,
        handle: (call) => this.withWorkflow(call, (found) => ok(Object.assign(found, { active: false }))),
      },
      {
        method: 'GET',
        path: `${api}/executions`,
        query: {
          includeData: { type: 'boolean' },
          status: { type: 'string', enum: described.filterStatuses },
          workflowId: { type: 'string' },
          ...described.page,
        },
        answer: described.executions,
        handle: (call) => this.listExecutions(call),
      },
      {
        method: 'GET',
        path: `${api}/executions/{id}`,
        query: { includeData: { type: 'boolean' } },
        ...ran,
        handle: (call) =>
          this.withExecution(call, (found) => ok(this.shown(advance(found), call.query.includeData === 'true'))),
      },
      {
        method: 'DELETE',
        path: `${api}/executions/{id}`,
        ...ran,
        handle: (call) =>
          this.withExecution(call, (found) => {
            this.executions = this.executions.filter((each) => each !== found);
            return ok(this.shown(found, false));
          }),
      },
      {
        method: 'POST',
        path: `${api}/executions/{id}/retry`,
        body: { type: 'object', properties: { loadWorkflow: { type: 'boolean' } } },
        ...ran,
        handle: (call) => this.withExecution(call, (found) => this.retry(found)),
      },
      {
        method: 'GET',
        path: `${api}/tags`,
        query: described.page,
        answer: described.tags,
        handle: ({ query }) => paged(TAGS, query),
      },
      {
        method: 'POST',
        path: `${api}/audit`,
        body: described.auditRequest,
        answer: described.audit,
        handle: ({ body }) => ok(auditOf(body.additionalOptions?.categories)),
      },
      ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
        method,
        path: '/webhook/{path*}',
        query: new Proxy({}, { get: () => ({ type: 'string' }) }),
        ...(method !== 'GET' && { body: { type: ['object', 'array'] } }),
        handle: (call: ContractCall) => this.webhook(call),
      })),
      {
        method: 'POST',
        path: '/webhook-test/{path*}',
        body: { type: ['object', 'array'] },
        handle: ({ params }) => notRegistered(`POST ${params.path}`),
      },
    ];
  }

  private listWorkflows({ query }: ContractCall): Reply {
    const tags = query.tags?.split(',') ?? [];
    const found = [...this.workflows.values()].filter(
      ({ active, name, tags: own }) =>
        (query.active === undefined || String(active) === query.active) &&
        (query.name === undefined || name === query.name) &&
        tags.every((tag) => own.some((each) => each.name === tag)),
    );
    return paged(found, query);
  }

  private activate(call: ContractCall): Reply {
    return this.withWorkflow(call, (found) => {
      if (!found.nodes.some(({ type }) => /webhook|trigger/i.test(type))) {
        return {
          status: 400,
          body: {
            message:
              'Workflow cannot be activated because it has no trigger node. At least one trigger, webhook, or polling node is required.',
          },
        };
      }
      return ok(Object.assign(found, { active: true }));
    });
  }

  private listExecutions({ query }: ContractCall): Reply {
    const found = this.executions
      .filter(({ workflowId }) => query.workflowId === undefined || workflowId === query.workflowId)
      .filter(({ status }) => query.status === undefined || status === query.status)
      .map((each) => this.shown(each, query.includeData === 'true'));
    return paged(found.reverse(), query);
  }

  private retry(found: Execution): Reply {
    if (found.status === 'success') {
      return { status: 400, body: { message: 'The execution succeeded, so it cannot be retried.' } };
    }
    const id = this.ran(found.workflowId, { mode: 'retry', retryOf: found.id });
    return ok(
      this.shown(
        this.executions.find((each) => each.id === id)!,
        false,
      ),
    );
  }

  private webhook({ method, params, body, query, headers }: ContractCall): Reply {
    for (const { id, active, nodes } of this.workflows.values()) {
      for (const { type, disabled, parameters } of nodes) {
        const { path, httpMethod = 'GET', authentication, responseMode } = parameters;
        if (!active || disabled || type !== 'n8n-nodes-base.webhook' || path !== params.path) continue;
        if (![httpMethod].flat().includes(method)) continue;
        if (authentication === 'headerAuth' && headers.authorization !== WEBHOOK_TOKEN) {
          return { status: 403, body: 'Authorization data is wrong!' };
        }
        const { reads, fails } = this.runs;
        const input = method === 'GET' ? query : body;
        if (!this.forgetful) {
          const state = reads > 0 ? { status: 'running', stoppedAt: null } : { status: fails ? 'error' : 'success' };
          this.ran(id, { ...state, input, left: reads, fails });
        }
        if (responseMode !== 'lastNode') return ok({ message: 'Workflow was started' });
        return fails ? { status: 500, body: { message: 'Error in workflow' } } : ok({ got: input });
      }
    }
    return notRegistered(`${method} ${params.path}`);
  }

  private shown({ input, left: _left, fails: _fails, ...execution }: Execution, includeData: boolean) {
    const error = execution.status === 'error' && { message: 'The price is missing', node: { name: 'Answer' } };
    const main = [[{ json: { got: input } }]];
    const resultData = {
      lastNodeExecuted: 'Answer',
      runData: { Answer: [error ? {} : { data: { main } }] },
      ...(error && { error }),
    };
    return { ...execution, finished: execution.status === 'success', ...(includeData && { data: { resultData } }) };
  }

  private withWorkflow({ params }: ContractCall, then: (found: Workflow) => Reply): Reply {
    const found = this.workflows.get(params.id!);
    return found ? then(found) : { status: 404, body: { message: 'Not Found' } };
  }

  private withExecution({ params }: ContractCall, then: (found: Execution) => Reply): Reply {
    if (!/^\d+$/.test(params.id!)) return { status: 400, body: { message: 'request/params/id must be number' } };
    const found = this.executions.find(({ id }) => id === params.id);
    return found ? then(found) : { status: 404, body: { message: 'Not Found' } };
  }
}

function advance(execution: Execution): Execution {
  if (execution.left > 0 && (execution.left -= 1) === 0) {
    Object.assign(execution, { status: execution.fails ? 'error' : 'success', stoppedAt: '2026-11-01T10:00:02.000Z' });
  }
  return execution;
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}

function notRegistered(what: string): Reply {
  return { status: 404, body: { code: 404, message: `The requested webhook "${what}" is not registered.` } };
}

function paged(all: readonly unknown[], { limit = '100', cursor }: Record<string, string>): Reply {
  const from = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64').toString());
  const to = from + Number(limit);
  return ok({
    data: all.slice(from, to),
    nextCursor: to < all.length ? Buffer.from(String(to)).toString('base64') : null,
  });
}

function auditOf(categories?: string[]): unknown {
  if (categories && !categories.includes('credentials')) return [];
  return {
    'Credentials Risk Report': {
      risk: 'credentials',
      sections: [
        {
          title: 'Credentials not used in any workflow',
          description: 'These credentials are not used.',
          recommendation: 'Consider deleting them.',
          location: [{ kind: 'credential', id: '1', name: 'My Test Account' }],
        },
      ],
    },
  };
}
