/**
 * A slice of n8n's public API, version 1.1.1, written down after the description that n8n 2.8.4 serves at
 * /api/v1/openapi.yml (`nullable` as a type). `npm run try:n8n` holds the gateway's requests to that one itself; where n8n
 * answers something else than it describes, this says what it answers.
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

/** The editor makes settings that the API refuses. */
const settingsAnswered = { ...settings, additionalProperties: true };

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
    settings: settingsAnswered,
    id: text,
    active: flag,
    createdAt: time,
    updatedAt: time,
    isArchived: flag,
    versionId: text,
    triggerCount: { type: 'integer' },
    pinData: { type: ['object', 'null'] },
    meta: { type: ['object', 'null'] },
    description: { type: ['string', 'null'] },
    shared: { type: 'array', items: { type: 'object' } },
    activeVersion: { type: ['object', 'null'] },
    activeVersionId: { type: ['string', 'null'] },
    versionCounter: { type: 'integer' },
    tags: { type: 'array', items: tag },
  },
};

const executionStatuses = ['canceled', 'crashed', 'error', 'new', 'running', 'success', 'unknown', 'waiting'];
/** By which executions can be listed. */
export const filterStatuses = ['canceled', 'error', 'running', 'success', 'waiting'];

export const execution = {
  type: 'object',
  required: ['id', 'status', 'workflowId'],
  properties: {
    // the description says number; 2.8 answers text
    id: { type: ['number', 'string'] },
    data: { type: 'object' },
    finished: flag,
    mode: {
      enum: [
        ...['cli', 'error', 'integrated', 'internal', 'manual', 'retry', 'trigger', 'webhook'],
        ...['evaluation', 'chat'],
      ],
    },
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
