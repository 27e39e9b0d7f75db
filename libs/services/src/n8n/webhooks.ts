import type { Workflow, WorkflowNode } from './n8n-shapes.js';

const WEBHOOK_NODE = 'n8n-nodes-base.webhook';

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const;
export type Method = (typeof methods)[number];

/** One way to start a workflow from outside. */
export interface Webhook {
  node: string;
  path: string;
  methods: Method[];
  /** What it asks for: none, basicAuth, headerAuth or jwtAuth. */
  authentication: string;
  /** When it answers: onReceived, lastNode, responseNode or streaming. */
  responds: string;
  enabled: boolean;
}

/** The Webhook nodes of a workflow, as their parameters tell. */
export function webhooksOf({ nodes }: Pick<Workflow, 'nodes'>): Webhook[] {
  return nodes.filter(({ type }) => type === WEBHOOK_NODE).map(webhookOf);
}

function webhookOf({ name, disabled, webhookId, parameters }: WorkflowNode): Webhook {
  const path = textOf(parameters.path)?.replace(/^\/+|\/+$/g, '') ?? webhookId ?? '';
  return {
    node: name,
    // one with placeholders is served under its node's own id
    path: path.includes(':') && webhookId !== undefined ? `${webhookId}/${path}` : path,
    methods: methodsOf(parameters),
    authentication: textOf(parameters.authentication) ?? 'none',
    responds: textOf(parameters.responseMode) ?? 'onReceived',
    enabled: disabled !== true,
  };
}

function methodsOf({ httpMethod = 'GET' }: WorkflowNode['parameters']): Method[] {
  const named = [httpMethod].flat().map((method) => String(method).toUpperCase());
  return methods.filter((method) => named.includes(method));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
