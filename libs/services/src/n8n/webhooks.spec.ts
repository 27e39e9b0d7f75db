import { describe, expect, it } from 'vitest';
import { nodeShape } from './n8n-shapes.js';
import { webhooksOf, type Webhook } from './webhooks.js';

const hook = (parameters: Record<string, unknown>, more: object = {}) =>
  webhooksOf({
    nodes: [nodeShape.parse({ name: 'Hook', type: 'n8n-nodes-base.webhook', webhookId: 'abc', parameters, ...more })],
  })[0];

describe('a Webhook node', () => {
  it.each<[string, Record<string, unknown>, Partial<Webhook>]>([
    ['answers GET where it names no method', { path: 'a' }, { path: 'a', methods: ['GET'] }],
    ['may take several methods', { path: 'a', httpMethod: ['POST', 'put'] }, { methods: ['POST', 'PUT'] }],
    ['takes no method that nobody knows', { path: 'a', httpMethod: 'BREW' }, { methods: [] }],
    ['has its path without slashes around it', { path: '/a/b/' }, { path: 'a/b' }],
    ['is found under its own id where it names no path', {}, { path: 'abc' }],
    ['is served below its own id where its path has placeholders', { path: 'a/:id' }, { path: 'abc/a/:id' }],
    ['asks for no credential by itself', { path: 'a' }, { authentication: 'none', responds: 'onReceived' }],
    [
      'says what it asks for, and when it answers',
      { path: 'a', authentication: 'jwtAuth', responseMode: 'lastNode' },
      { authentication: 'jwtAuth', responds: 'lastNode' },
    ],
  ])('%s', (_what, parameters, expected) => {
    expect(hook(parameters)).toMatchObject({ node: 'Hook', enabled: true, ...expected });
  });

  it('may be switched off', () => {
    expect(hook({ path: 'a' }, { disabled: true })).toMatchObject({ enabled: false });
  });
});

it('other nodes are none', () => {
  const types = ['n8n-nodes-base.scheduleTrigger', 'n8n-nodes-base.respondToWebhook', 'n8n-nodes-base.formTrigger'];
  expect(webhooksOf({ nodes: types.map((type) => nodeShape.parse({ name: type, type })) })).toEqual([]);
});
