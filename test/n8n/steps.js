// What is asked of a real n8n through the gateway, in order, and what each answer must be.

/** @typedef {{ status: number, data: any, error: any }} Answer */
/** @typedef {{ operation: string, input?: Record<string, unknown>, what: string, holds: (answer: Answer) => boolean }} Step */

/** @param {string} name @param {string} path @param {Record<string, unknown>} webhook @param {object} last */
const workflow = (name, path, webhook, last) => ({
  name,
  nodes: [
    {
      id: 'a',
      name: 'Webhook',
      type: 'n8n-nodes-base.webhook',
      typeVersion: 2,
      position: [0, 0],
      webhookId: path,
      parameters: { path, httpMethod: 'POST', ...webhook },
    },
    { id: 'b', name: 'Last', position: [200, 0], ...last },
  ],
  connections: { Webhook: { main: [[{ node: 'Last', type: 'main', index: 0 }]] } },
  settings: { executionOrder: 'v1' },
});

const orders = workflow(
  'Orders',
  'orders/new',
  { responseMode: 'lastNode' },
  {
    type: 'n8n-nodes-base.set',
    typeVersion: 3.4,
    parameters: {
      mode: 'raw',
      jsonOutput: '={{ { "got": $json.body } }}',
    },
  },
);
const failing = workflow(
  'Failing',
  'fails',
  {},
  { type: 'n8n-nodes-base.stopAndError', typeVersion: 1, parameters: { errorMessage: 'The price is missing' } },
);
const byHand = {
  name: 'By hand',
  nodes: [
    { id: 'a', name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
  ],
  connections: {},
  settings: {},
};

/** With settings that the editor makes and the public API refuses. */
export const fromEditor = {
  ...byHand,
  name: 'From the editor',
  settings: { executionOrder: 'v1', binaryMode: 'separate' },
};

/** What later steps need of earlier answers. */
const known = { orders: '', done: '', failed: '', tried: '' };

/** @param {Answer} answer @param {string} kind @param {RegExp} message */
const refusal = ({ error }, kind, message) => error?.kind === kind && message.test(error.message);

/** @type {(Step | (() => Step))[]} each made when its turn comes, where it needs what an earlier one brought */
export const steps = [
  {
    operation: 'health',
    what: 'it is well and takes the key',
    holds: ({ data }) => data?.healthy === true && data.keyAccepted === true,
  },
  {
    operation: 'create-workflow',
    input: { workflow: orders },
    what: 'one with a webhook; it is not active',
    holds: ({ data }) => {
      known.orders = data?.id;
      return data?.active === false && data.webhooks[0].path === 'orders/new';
    },
  },
  {
    operation: 'execute',
    input: { workflow: 'Orders' },
    what: 'refused while it is not active',
    holds: (answer) => refusal(answer, 'failed', /is not active/),
  },
  {
    operation: 'activate',
    input: { workflow: 'Orders' },
    what: 'by its name',
    holds: ({ data }) => data?.active === true,
  },
  {
    operation: 'execute',
    input: { workflow: 'Orders', data: { price: 3 }, wait: true },
    what: 'answers what the last node gave, and which execution it was',
    holds: ({ data }) => {
      known.done = data?.execution?.id;
      return (
        data?.answer.body.got.price === 3 &&
        data.execution.status === 'success' &&
        data.execution.lastNode === 'Last' &&
        data.execution.output[0].got.price === 3
      );
    },
  },
  () => ({
    operation: 'get-execution',
    input: { id: known.done, includeData: true },
    what: 'with what its last node gave',
    holds: ({ data }) =>
      data?.status === 'success' && data.output[0].got.price === 3 && data.workflowId === known.orders,
  }),
  () => ({
    operation: 'retry-execution',
    input: { id: known.done },
    what: 'one that succeeded is refused',
    holds: (answer) => refusal(answer, 'failed', /only failed ones/),
  }),
  {
    operation: 'trigger-webhook',
    input: { path: 'orders/new', data: { price: 4 } },
    what: 'answers what the webhook answers',
    holds: ({ data }) => data?.status === 200 && data.body.got.price === 4,
  },
  {
    operation: 'trigger-webhook',
    input: { path: 'orders/none' },
    what: 'a path that nobody listens at is refused',
    holds: (answer) => refusal(answer, 'unknown', /is not registered/),
  },
  {
    operation: 'create-workflow',
    input: { workflow: failing },
    what: 'one that fails',
    holds: ({ status }) => status === 200,
  },
  { operation: 'activate', input: { workflow: 'Failing' }, what: 'it too', holds: ({ data }) => data?.active === true },
  {
    operation: 'execute',
    input: { workflow: 'Failing', wait: true },
    what: 'tells in which node it failed, and why',
    holds: ({ data }) => {
      known.failed = data?.execution?.id;
      return (
        data?.execution.status === 'error' &&
        data.execution.error.node === 'Last' &&
        data.execution.error.message === 'The price is missing'
      );
    },
  },
  () => ({
    operation: 'retry-execution',
    input: { id: known.failed },
    what: 'one that failed runs again',
    holds: ({ data }) => {
      known.tried = data?.id;
      return data?.mode === 'retry' && data.retryOf === known.failed;
    },
  }),
  {
    operation: 'list-executions',
    input: { workflow: 'Failing' },
    what: 'the retry and what it retried, the newest first',
    holds: ({ data }) =>
      data?.executions.length === 2 && data.executions[0].id === known.tried && data.executions[1].id === known.failed,
  },
  {
    operation: 'list-executions',
    input: { status: 'success', limit: 1 },
    what: 'by status, page by page',
    holds: ({ data }) => data?.executions.length === 1 && typeof data.nextCursor === 'string',
  },
  {
    operation: 'list-workflows',
    input: { active: true },
    what: 'those that are active',
    holds: ({ data }) =>
      data?.workflows
        .map((/** @type {any} */ { name }) => name)
        .sort()
        .join() === 'Failing,Orders',
  },
  {
    operation: 'list-webhooks',
    what: 'their paths and methods',
    holds: ({ data }) =>
      data?.webhooks
        .map((/** @type {any} */ { path, methods }) => `${methods} ${path}`)
        .sort()
        .join() === 'POST fails,POST orders/new',
  },
  {
    operation: 'update-workflow',
    input: { workflow: 'Orders', change: { name: 'New orders' } },
    what: 'its name alone; it stays active',
    holds: ({ data }) => data?.name === 'New orders' && data.active === true && data.nodes.length === 2,
  },
  () => ({
    operation: 'get-workflow',
    input: { workflow: known.orders },
    what: 'by its id, as it was changed',
    holds: ({ data }) => data?.name === 'New orders' && data.webhooks[0].responds === 'lastNode',
  }),
  {
    operation: 'create-workflow',
    input: { workflow: byHand },
    what: 'one that people start by hand',
    holds: ({ data }) => data?.webhooks.length === 0,
  },
  {
    operation: 'execute',
    input: { workflow: 'By hand' },
    what: 'refused: it has no webhook',
    holds: (answer) => refusal(answer, 'failed', /has no webhook trigger.*"Start"/),
  },
  {
    operation: 'activate',
    input: { workflow: 'By hand' },
    what: 'refused by n8n itself',
    holds: (answer) => refusal(answer, 'failed', /trigger/i),
  },
  {
    operation: 'deactivate',
    input: { workflow: 'New orders' },
    what: 'closes its webhook',
    holds: ({ data }) => data?.active === false,
  },
  {
    operation: 'update-workflow',
    input: { workflow: 'From the editor', change: { name: 'Renamed' } },
    what: 'one with settings that only the editor makes',
    holds: ({ data }) => data?.name === 'Renamed',
  },
  {
    operation: 'get-workflow',
    input: { workflow: 'Renamed', raw: true },
    what: 'has them still',
    holds: ({ data }) => data?.raw.settings.binaryMode === 'separate',
  },
  {
    operation: 'list-tags',
    what: 'the one that was made beside',
    holds: ({ data }) => data?.tags.length === 1 && data.tags[0].name === 'production',
  },
  {
    operation: 'audit',
    input: { daysAbandoned: 1 },
    what: 'findings with what to do',
    holds: ({ data }) =>
      data?.findings.length > 0 &&
      data.findings.every((/** @type {any} */ { recommendation }) => recommendation !== ''),
  },
  () => ({
    operation: 'delete-execution',
    input: { id: known.done },
    what: 'tells its id',
    holds: ({ data }) => data?.id === known.done && data.deleted === true,
  }),
  () => ({
    operation: 'get-execution',
    input: { id: known.done },
    what: 'is gone then',
    holds: (answer) => refusal(answer, 'unknown', /is not there/),
  }),
  {
    operation: 'delete-workflow',
    input: { workflow: 'New orders' },
    what: 'by its name',
    holds: ({ data }) => data?.deleted === true,
  },
  {
    operation: 'get-workflow',
    input: { workflow: 'New orders' },
    what: 'is gone then',
    holds: (answer) => refusal(answer, 'unknown', /no workflow with the id or name/),
  },
];
