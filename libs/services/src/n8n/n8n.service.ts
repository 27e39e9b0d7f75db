import {
  McpService,
  Operation,
  OperationError,
  type InputOf,
  type OperationContext,
  type OutputOf,
  type ReachesBackEnds,
  type ReportsStatus,
  type ServiceStatus,
} from '#libs/kit';
import { outcomeOf } from './execution-data.js';
import * as executions from './executions.js';
import { N8nClient } from './n8n-client.js';
import { auditShape } from './n8n-shapes.js';
import { N8nSettings } from './n8n.settings.js';
import * as instance from './operations/instance.js';
import * as running from './operations/running.js';
import * as editing from './operations/workflows.js';
import { runWorkflow } from './running.js';
import { callWebhook } from './webhook-call.js';
import { webhooksOf } from './webhooks.js';
import * as workflows from './workflows.js';

@McpService({
  name: 'n8n',
  version: '1.0.0',
  description: 'Workflows of an n8n instance: run them, see what they did, switch them on and off, write them.',
  location: 'server',
  icon: 'M3 9h5v2h8V9h5v6h-5v-2H8v2H3z',
  settings: N8nSettings,
})
export class N8nService implements ReportsStatus, ReachesBackEnds {
  constructor(
    private readonly client: N8nClient,
    private readonly settings: N8nSettings,
  ) {}

  serviceStatus(): ServiceStatus {
    const { missing } = this.client;
    return missing.length === 0 ? { state: 'ready' } : { state: 'not configured', missing };
  }

  backEndOf(): string {
    return 'n8n';
  }

  @Operation(editing.listWorkflows)
  async listWorkflows(
    input: InputOf<typeof editing.listWorkflows>,
    { signal }: OperationContext,
  ): Promise<OutputOf<typeof editing.listWorkflows>> {
    const { data, nextCursor = null } = await workflows.listWorkflows(this.client, input, signal);
    return { workflows: data.map(workflows.workflowSummary), nextCursor };
  }

  @Operation(editing.getWorkflow)
  async getWorkflow(input: InputOf<typeof editing.getWorkflow>, { signal }: OperationContext) {
    const workflow = await workflows.findWorkflow(this.client, input.workflow, signal);
    return { ...workflows.workflowDetails(workflow), ...(input.raw && { raw: workflow }) };
  }

  @Operation(editing.listWebhooks)
  async listWebhooks(
    input: InputOf<typeof editing.listWebhooks>,
    { signal }: OperationContext,
  ): Promise<OutputOf<typeof editing.listWebhooks>> {
    const { workflow, limit, cursor } = input;
    const { data, nextCursor = null } =
      workflow === undefined
        ? await workflows.listWorkflows(this.client, { limit, cursor }, signal)
        : { data: [await workflows.findWorkflow(this.client, workflow, signal)] };
    return {
      webhooks: data.flatMap((each) =>
        webhooksOf(each).map((webhook) => ({
          ...webhook,
          workflowId: each.id,
          workflow: each.name,
          active: each.active,
        })),
      ),
      nextCursor,
    };
  }

  @Operation(running.execute)
  execute(
    input: InputOf<typeof running.execute>,
    context: OperationContext,
  ): Promise<OutputOf<typeof running.execute>> {
    return runWorkflow(this.client, { ...input, headers: this.webhookHeaders(input.headers) }, context);
  }

  @Operation(running.triggerWebhook)
  triggerWebhook(input: InputOf<typeof running.triggerWebhook>, { signal, remainingMs }: OperationContext) {
    const headers = this.webhookHeaders(input.headers);
    return callWebhook(this.client, { ...input, data: input.data, headers, timeoutMs: remainingMs, signal });
  }

  @Operation(editing.activate)
  async activate({ workflow }: InputOf<typeof editing.activate>, { signal }: OperationContext) {
    return workflows.workflowSummary(await workflows.setActive(this.client, workflow, true, signal));
  }

  @Operation(editing.deactivate)
  async deactivate({ workflow }: InputOf<typeof editing.deactivate>, { signal }: OperationContext) {
    return workflows.workflowSummary(await workflows.setActive(this.client, workflow, false, signal));
  }

  @Operation(running.listExecutions)
  async listExecutions(
    input: InputOf<typeof running.listExecutions>,
    { signal }: OperationContext,
  ): Promise<OutputOf<typeof running.listExecutions>> {
    const { workflow, ...filter } = input;
    const workflowId =
      workflow === undefined ? undefined : (await workflows.findWorkflow(this.client, workflow, signal)).id;
    const { data, nextCursor = null } = await executions.listExecutions(this.client, { ...filter, workflowId }, signal);
    return { executions: data.map(executions.executionSummary), nextCursor };
  }

  @Operation(running.getExecution)
  async getExecution(
    input: InputOf<typeof running.getExecution>,
    { signal }: OperationContext,
  ): Promise<OutputOf<typeof running.getExecution>> {
    const { id, includeData, raw } = input;
    const found = await executions.readExecution(this.client, id, includeData || raw, signal);
    const failed = executions.statusOf(found) === 'error' && !found.data;
    const execution = failed ? await executions.readExecution(this.client, id, true, signal) : found;
    const { output, ...outcome } = outcomeOf(execution);
    return {
      ...executions.executionSummary(execution),
      ...outcome,
      ...(includeData && { output }),
      ...(raw && { raw: execution }),
    };
  }

  @Operation(running.retryExecution)
  async retryExecution(input: InputOf<typeof running.retryExecution>, { signal }: OperationContext) {
    return executions.executionSummary(
      await executions.retryExecution(this.client, input.id, input.loadWorkflow, signal),
    );
  }

  @Operation(running.deleteExecution)
  async deleteExecution({ id }: InputOf<typeof running.deleteExecution>, { signal }: OperationContext) {
    const deleted = await executions.deleteExecution(this.client, id, signal);
    return { id: deleted.id, deleted: true };
  }

  @Operation(editing.createWorkflow)
  async createWorkflow({ workflow }: InputOf<typeof editing.createWorkflow>, { signal }: OperationContext) {
    return workflows.workflowDetails(await workflows.createWorkflow(this.client, workflow, signal));
  }

  @Operation(editing.updateWorkflow)
  async updateWorkflow({ workflow, change }: InputOf<typeof editing.updateWorkflow>, { signal }: OperationContext) {
    return workflows.workflowDetails(await workflows.updateWorkflow(this.client, workflow, change, signal));
  }

  @Operation(editing.deleteWorkflow)
  async deleteWorkflow({ workflow }: InputOf<typeof editing.deleteWorkflow>, { signal }: OperationContext) {
    const { id, name } = await workflows.deleteWorkflow(this.client, workflow, signal);
    return { id, name, deleted: true };
  }

  @Operation(editing.listTags)
  async listTags({ limit, cursor }: InputOf<typeof editing.listTags>, { signal }: OperationContext) {
    const { data, nextCursor = null } = await workflows.listTags(this.client, limit, cursor, signal);
    return { tags: data.map(({ id, name }) => ({ id, name })), nextCursor };
  }

  @Operation(instance.audit)
  async audit(
    { categories, daysAbandoned, raw }: InputOf<typeof instance.audit>,
    { signal }: OperationContext,
  ): Promise<OutputOf<typeof instance.audit>> {
    const json = { additionalOptions: { categories, daysAbandonedWorkflow: daysAbandoned } };
    const ask = { method: 'POST', json, what: 'audit itself', idempotent: true, signal } as const;
    const report = await this.client.ask('audit', auditShape, ask);
    const findings = Object.values(report).flatMap(({ risk, sections }) =>
      sections.map(({ title, description, recommendation, location }) => ({
        risk,
        title,
        description,
        recommendation,
        places: location.length,
      })),
    );
    return { findings, ...(raw && { raw: report }) };
  }

  @Operation(instance.health)
  async health(_input: object, { signal }: OperationContext): Promise<OutputOf<typeof instance.health>> {
    const startedAt = performance.now();
    const healthy = await this.client.isHealthy(signal);
    const problem = await this.keyProblem(signal);
    return {
      healthy,
      keyAccepted: problem === undefined,
      ...(problem !== undefined && { problem }),
      latencyMs: Math.round(performance.now() - startedAt),
    };
  }

  /** What n8n has against the key; rejects where it can't be asked. */
  private async keyProblem(signal: AbortSignal): Promise<string | undefined> {
    try {
      await workflows.listWorkflows(this.client, { limit: 1 }, signal);
      return undefined;
    } catch (error) {
      if (error instanceof OperationError && error.kind === 'failed') return error.message;
      throw error;
    }
  }

  /** What the caller gives goes before what the operator has set. */
  private webhookHeaders(given: Record<string, string> = {}): Record<string, string> {
    const { webhookHeader } = this.settings;
    const named = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
    return webhookHeader ? { [webhookHeader.name]: webhookHeader.value, ...named } : named;
  }
}
