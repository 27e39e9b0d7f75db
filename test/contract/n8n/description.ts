/**
 * A slice of n8n's public API, version 1.1.1, written down from the description that n8n 2.8 serves at
 * /api/v1/openapi.yml: https://github.com/n8n-io/n8n/tree/master/packages/cli/src/public-api/v1 (`nullable` as a type).
 */

const text = { type: 'string' };
const flag = { type: 'boolean' };
const time = { type: ['string', 'null'] };

const node = {
  type: 'object',
  additionalProperties: false,
  properties: {
    id: text,
    name: text,
    webhookId: text,
    disabled: flag,
    notesInFlow: flag,
    notes: text,
    type: text,
    typeVersion: { type: 'number' },
    executeOnce: flag,
    alwaysOutputData: flag,
    retryOnFail: flag,
    maxTries: { type: 'number' },
    waitBetweenTries: { type: 'number' },
    continueOnFail: flag,
    onError: text,
    position: { type: 'array', items: { type: 'number' } },
    parameters: { type: 'object' },
    credentials: { type: 'object' },
    createdAt: time,
    updatedAt: time,
  },
};

const settings = {
  type: 'object',
  additionalProperties: false,
  properties: {
    saveExecutionProgress: flag,
    saveManualExecutions: flag,
    saveDataErrorExecution: { enum: ['all', 'none'] },
    saveDataSuccessExecution: { enum: ['all', 'none'] },
    executionTimeout: { type: 'number' },
    errorWorkflow: text,
    timezone: text,
    executionOrder: text,
    callerPolicy: { enum: ['any', 'none', 'workflowsFromAList', 'workflowsFromSameOwner'] },
    callerIds: text,
    timeSavedPerExecution: { type: 'number' },
    availableInMCP: flag,
  },
};

const tag = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: { id: text, name: text, createdAt: time, updatedAt: time },
};

const writable = {
  name: text,
  nodes: { type: 'array', items: node },
  connections: { type: 'object' },
  settings,
  staticData: { type: ['string', 'object', 'null'] },
};
const required = ['name', 'nodes', 'connections', 'settings'];

/** Read-only members are refused in requests. */
export const workflowSent = { type: 'object', additionalProperties: false, required, properties: writable };

export const workflow = {
  type: 'object',
  additionalProperties: false,
  required: [...required, 'id', 'active'],
  properties: {
    ...writable,
    id: text,
    active: flag,
    createdAt: time,
    updatedAt: time,
    isArchived: flag,
    versionId: text,
    triggerCount: { type: 'integer' },
    pinData: { type: ['object', 'null'] },
    meta: { type: ['object', 'null'] },
    tags: { type: 'array', items: tag },
  },
};

export const executionStatuses = ['canceled', 'crashed', 'error', 'new', 'running', 'success', 'unknown', 'waiting'];

export const execution = {
  type: 'object',
  required: ['id', 'status', 'workflowId'],
  properties: {
    // the description says number; 2.8 answers text
    id: { type: ['number', 'string'] },
    data: { type: 'object' },
    finished: flag,
    mode: { enum: ['cli', 'error', 'integrated', 'internal', 'manual', 'retry', 'trigger', 'webhook'] },
    retryOf: { type: ['number', 'string', 'null'] },
    retrySuccessId: { type: ['number', 'string', 'null'] },
    startedAt: time,
    stoppedAt: time,
    workflowId: { type: ['number', 'string'] },
    waitTill: time,
    customData: { type: 'object' },
    status: { enum: executionStatuses },
  },
};

const section = {
  type: 'object',
  required: ['title', 'description', 'recommendation'],
  properties: { title: text, description: text, recommendation: text, location: { type: 'array' } },
};

/** A record of reports, or an empty list where there is nothing to report. */
export const audit = {
  anyOf: [
    { type: 'array', maxItems: 0 },
    {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['risk', 'sections'],
        properties: { risk: text, sections: { type: 'array', items: section } },
      },
    },
  ],
};

export const auditRequest = {
  type: 'object',
  additionalProperties: false,
  properties: {
    additionalOptions: {
      type: 'object',
      properties: {
        daysAbandonedWorkflow: { type: 'integer' },
        categories: { type: 'array', items: { enum: ['credentials', 'database', 'nodes', 'filesystem', 'instance'] } },
      },
    },
  },
};

export const tags = listOf(tag);
export const workflows = listOf(workflow);
export const executions = listOf(execution);

export const page = { limit: { type: 'integer', minimum: 1, maximum: 250 }, cursor: text };

function listOf(item: object) {
  return {
    type: 'object',
    required: ['data', 'nextCursor'],
    properties: { data: { type: 'array', items: item }, nextCursor: { type: ['string', 'null'] } },
  };
}
