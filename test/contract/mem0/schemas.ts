/** Written down from https://github.com/mem0ai/mem0/tree/main/server (1.0.0) and https://docs.mem0.ai/api-reference (v1, v3). */

const text = { type: 'string' };
const optional = { type: ['string', 'null'] };
const ids = { user_id: optional, agent_id: optional, run_id: optional };
const metadata = { type: ['object', 'null'] };

export const memory = {
  type: 'object',
  required: ['id', 'memory', 'created_at'],
  properties: {
    id: text,
    memory: text,
    ...ids,
    metadata,
    created_at: text,
    updated_at: optional,
    score: { type: 'number' },
  },
};

const messages = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['role', 'content'],
    properties: { role: text, content: text },
  },
};

export const event = {
  type: 'object',
  required: ['id', 'event'],
  properties: {
    id: text,
    event: { enum: ['ADD', 'UPDATE', 'DELETE', 'NONE'] },
    memory: text,
    data: { type: 'object' },
  },
};

export const changes = {
  type: 'array',
  items: {
    type: 'object',
    required: ['id', 'memory_id', 'event'],
    properties: { id: text, memory_id: text, event: text, old_memory: optional, new_memory: optional },
  },
};

export const results = (item: object) => ({
  type: 'object',
  required: ['results'],
  properties: { results: { type: 'array', items: item } },
});

export const told = { type: 'object', required: ['message'], properties: { message: text } };

/** Of the open-source server. */
export const oss = {
  add: {
    type: 'object',
    additionalProperties: false,
    required: ['messages'],
    properties: {
      messages,
      ...ids,
      metadata,
      infer: { type: ['boolean', 'null'] },
      memory_type: optional,
      prompt: optional,
    },
  },
  search: {
    type: 'object',
    additionalProperties: false,
    required: ['query'],
    properties: {
      query: text,
      ...ids,
      filters: { type: ['object', 'null'] },
      top_k: { type: ['integer', 'null'] },
      threshold: { type: ['number', 'null'] },
    },
  },
  entity: {
    type: 'object',
    required: ['id', 'type', 'total_memories'],
    properties: { id: text, type: { enum: ['user', 'agent', 'run'] }, total_memories: { type: 'integer' } },
  },
};

/** Of the platform: ids belong into `filters`, which it insists on. */
const filters = { type: 'object', minProperties: 1 };
export const platform = {
  add: {
    type: 'object',
    additionalProperties: false,
    required: ['messages'],
    properties: {
      messages,
      user_id: text,
      agent_id: text,
      run_id: text,
      app_id: text,
      metadata: { type: 'object' },
      infer: { type: 'boolean' },
      expiration_date: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d$' },
    },
  },
  added: {
    type: 'object',
    required: ['message', 'status', 'event_id'],
    properties: { status: { const: 'PENDING' }, event_id: text },
  },
  event: {
    type: 'object',
    required: ['id', 'status'],
    properties: {
      status: { enum: ['PENDING', 'RUNNING', 'FAILED', 'SUCCEEDED'] },
      results: { type: 'array', items: event },
    },
  },
  search: {
    type: 'object',
    additionalProperties: false,
    required: ['query', 'filters'],
    properties: { query: text, filters, top_k: { type: 'integer' }, threshold: { type: 'number' } },
  },
  list: { type: 'object', additionalProperties: false, required: ['filters'], properties: { filters } },
  page: {
    type: 'object',
    required: ['count', 'next', 'previous', 'results'],
    properties: {
      count: { type: 'integer' },
      next: optional,
      previous: optional,
      results: { type: 'array', items: memory },
    },
  },
  entity: {
    type: 'object',
    required: ['id', 'name', 'type', 'total_memories'],
    properties: { id: text, name: text, type: text, total_memories: { type: 'integer' } },
  },
};

export const update = {
  type: 'object',
  additionalProperties: false,
  required: ['text'],
  properties: { text, metadata },
};
