import { ContractServer, type Reply } from '../contract-server.js';

const text = { type: 'string', minLength: 1 };
const time = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$' };

/** Any server: what docs/alerts.md says that is posted to it. */
const webhookBody = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'rule', 'replica', 'state', 'severity', 'message', 'value', 'threshold', 'time', 'raisedAt'],
  properties: {
    id: text,
    rule: text,
    subject: text,
    replica: text,
    state: { enum: ['raised', 'resolved'] },
    severity: { enum: ['warning', 'critical'] },
    message: text,
    value: { type: 'number' },
    threshold: { type: 'number' },
    time,
    raisedAt: time,
  },
};

const slackText = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'text'],
  properties: { type: { const: 'mrkdwn' }, text: { type: 'string', minLength: 1, maxLength: 3_000 } },
};

/** An incoming webhook of Slack: text for notifications, and at most 50 blocks of Block Kit. */
const slackBody = {
  type: 'object',
  additionalProperties: false,
  required: ['text', 'blocks'],
  properties: {
    text: { type: 'string', minLength: 1, maxLength: 40_000 },
    blocks: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        oneOf: [
          {
            type: 'object',
            additionalProperties: false,
            required: ['type', 'text'],
            properties: { type: { const: 'section' }, text: slackText },
          },
          {
            type: 'object',
            additionalProperties: false,
            required: ['type', 'elements'],
            properties: {
              type: { const: 'context' },
              elements: { type: 'array', minItems: 1, maxItems: 10, items: slackText },
            },
          },
        ],
      },
    },
  },
};

/** Alert events of PagerDuty's Events API v2. */
const pagerDutyBody = {
  type: 'object',
  additionalProperties: false,
  required: ['routing_key', 'event_action', 'dedup_key'],
  properties: {
    routing_key: { type: 'string', minLength: 32, maxLength: 32 },
    event_action: { enum: ['trigger', 'acknowledge', 'resolve'] },
    dedup_key: { type: 'string', minLength: 1, maxLength: 255 },
    client: text,
    client_url: text,
    payload: {
      type: 'object',
      additionalProperties: false,
      required: ['summary', 'source', 'severity'],
      properties: {
        summary: { type: 'string', minLength: 1, maxLength: 1_024 },
        source: text,
        severity: { enum: ['critical', 'error', 'warning', 'info'] },
        timestamp: time,
        component: text,
        group: text,
        class: text,
        custom_details: { type: 'object' },
      },
    },
  },
  if: { properties: { event_action: { const: 'trigger' } } },
  then: { required: ['payload'] },
};

const open = (): Reply | undefined => undefined;

export function webhookReceiver(): ContractServer {
  const handle = () => ({ status: 204 });
  return new ContractServer([{ method: 'POST', path: '/hooks/alerts', body: webhookBody, handle }], open);
}

export function slackReceiver(): ContractServer {
  const handle = () => ({ status: 200, body: 'ok' });
  return new ContractServer(
    [{ method: 'POST', path: '/services/{team}/{app}/{secret}', body: slackBody, handle }],
    open,
  );
}

/** An event with another key is refused; incidents are what their keys say. */
export function pagerDutyReceiver(key: string) {
  const incidents = new Map<string, 'triggered' | 'acknowledged' | 'resolved'>();
  const states = { trigger: 'triggered', acknowledge: 'acknowledged', resolve: 'resolved' } as const;
  const server = new ContractServer(
    [
      {
        method: 'POST',
        path: '/v2/enqueue',
        body: pagerDutyBody,
        handle: ({ body: { routing_key, event_action, dedup_key } }) => {
          if (routing_key !== key) return { status: 400, body: { status: 'invalid event', errors: ['routing_key'] } };
          const isKnown = incidents.has(dedup_key);
          // what is over can't be acknowledged, and what never was neither
          if (event_action === 'trigger' || isKnown)
            incidents.set(dedup_key, states[event_action as keyof typeof states]);
          return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key } };
        },
      },
    ],
    open,
  );
  return Object.assign(server, { incidents });
}
