import { describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { JsonRpc, type RpcMethod } from './json-rpc.js';

const numbers = (params: Parameters<RpcMethod<unknown>>[0]) => params as number[];

/** The methods that the specification's examples call, and what notifications would have done. */
const called: string[] = [];
const methods = new Map<string, RpcMethod<unknown>>([
  [
    'subtract',
    (params) => {
      const [minuend, subtrahend] = Array.isArray(params) ? numbers(params) : [params.minuend, params.subtrahend];
      return JSON.stringify(Number(minuend) - Number(subtrahend));
    },
  ],
  ['sum', (params) => JSON.stringify(numbers(params).reduce((sum, number) => sum + number, 0))],
  ['get_data', () => '["hello",5]'],
  ['update', () => said('update')],
  ['notify_hello', () => said('notify_hello')],
  ['notify_sum', () => said('notify_sum')],
]);

function said(method: string): string {
  called.push(method);
  return 'null';
}

const rpc = new JsonRpc(methods);
const context = { requestId: 'request-1' };

async function answer(body: unknown) {
  const { status, json } = await rpc.answer(body, context);
  return { status, body: json === undefined ? undefined : (JSON.parse(json) as unknown) };
}

const request = (method: string, params: unknown, id: unknown) => ({ jsonrpc: '2.0', method, params, id });
const result = (value: unknown, id: unknown) => ({ jsonrpc: '2.0', result: value, id });
const failure = (code: number, kind: string, message: string, id: unknown = null) => ({
  jsonrpc: '2.0',
  error: { code, message, data: { kind, requestId: 'request-1' } },
  id,
});
const invalid = (message: string, id: unknown = null) => failure(-32600, 'invalid', message, id);
const noMethod = (name: string, id: unknown) => failure(-32601, 'unknown', `There is no method "${name}"`, id);
const notAnObject = invalid('A request must be an object');

describe('the examples of the specification (section 7)', () => {
  const named = { subtrahend: 23, minuend: 42 };

  it.each<[name: string, sent: unknown, status: number, answer: unknown]>([
    ['positional parameters', request('subtract', [42, 23], 1), 200, result(19, 1)],
    ['positional parameters, swapped', request('subtract', [23, 42], 2), 200, result(-19, 2)],
    ['named parameters', request('subtract', named, 3), 200, result(19, 3)],
    ['named parameters, swapped', request('subtract', { minuend: 42, subtrahend: 23 }, 4), 200, result(19, 4)],
    ['a notification', { jsonrpc: '2.0', method: 'update', params: [1, 2, 3, 4, 5] }, 204, undefined],
    ['a notification of an unknown method', { jsonrpc: '2.0', method: 'foobar' }, 204, undefined],
    ['a method that does not exist', { jsonrpc: '2.0', method: 'foobar', id: '1' }, 200, noMethod('foobar', '1')],
    ['an invalid request', { jsonrpc: '2.0', method: 1, params: 'bar' }, 400, invalid('method must be a string')],
    ['an empty batch', [], 400, invalid('The batch is empty')],
    ['an invalid batch that is not empty', [1], 200, [notAnObject]],
    ['an invalid batch of three', [1, 2, 3], 200, [notAnObject, notAnObject, notAnObject]],
    [
      'a batch of everything',
      [
        request('sum', [1, 2, 4], '1'),
        { jsonrpc: '2.0', method: 'notify_hello', params: [7] },
        request('subtract', [42, 23], '2'),
        { foo: 'boo' },
        request('foo.get', { name: 'myself' }, '5'),
        { jsonrpc: '2.0', method: 'get_data', id: '9' },
      ],
      200,
      [
        result(7, '1'),
        result(19, '2'),
        invalid('jsonrpc must be "2.0"'),
        noMethod('foo.get', '5'),
        result(['hello', 5], '9'),
      ],
    ],
    [
      'a batch of notifications alone',
      [
        { jsonrpc: '2.0', method: 'notify_sum', params: [1, 2, 4] },
        { jsonrpc: '2.0', method: 'notify_hello', params: [7] },
      ],
      204,
      undefined,
    ],
  ])('%s', async (_name, sent, status, expected) => {
    expect(await answer(sent)).toEqual({ status, body: expected });
  });

  it('never runs the method of a notification', async () => {
    await answer([
      { jsonrpc: '2.0', method: 'update' },
      { jsonrpc: '2.0', method: 'notify_hello', params: [7] },
    ]);
    expect(called).toEqual([]);
    await answer(request('update', [], 1));
    expect(called).toEqual(['update']);
  });
});

describe('ids', () => {
  it.each([0, -1, 1.5, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, '', '0', 'ü\u0000"', null])(
    '%j comes back as it was',
    async (id) => {
      expect(await answer(request('sum', [1], id))).toEqual({ status: 200, body: result(1, id) });
      expect(await answer(request('foobar', [1], id))).toEqual({ status: 200, body: noMethod('foobar', id) });
    },
  );

  it.each([2 ** 53, -(2 ** 53), Infinity, true, false, [], [1], {}, { id: 1 }])('%j is refused', async (id) => {
    expect(await answer(request('sum', [1], id))).toEqual({
      status: 400,
      body: invalid('id must be a string, a number up to 2^53 - 1, or null'),
    });
  });
});

describe('requests that are none', () => {
  it.each<[sent: unknown, message: string, id: unknown]>([
    [null, 'A request must be an object', null],
    [1, 'A request must be an object', null],
    ['{}', 'A request must be an object', null],
    [true, 'A request must be an object', null],
    [{}, 'jsonrpc must be "2.0"', null],
    [{ id: 7, method: 'sum' }, 'jsonrpc must be "2.0"', 7],
    [{ jsonrpc: 2, id: 7, method: 'sum' }, 'jsonrpc must be "2.0"', 7],
    [{ jsonrpc: '1.0', id: 7, method: 'sum' }, 'jsonrpc must be "2.0"', 7],
    [{ jsonrpc: '2.0', id: 7 }, 'method must be a string', 7],
    [{ jsonrpc: '2.0', id: 7, method: null }, 'method must be a string', 7],
    [request('sum', null, 7), 'params must be an object or an array', 7],
    [request('sum', 'x', 7), 'params must be an object or an array', 7],
    [request('sum', 0, 7), 'params must be an object or an array', 7],
    [request('sum', false, 7), 'params must be an object or an array', 7],
    [{ jsonrpc: '2.0', method: 'sum', params: null }, 'params must be an object or an array', null],
  ])('%j', async (sent, message, id) => {
    expect(await answer(sent)).toEqual({ status: 400, body: invalid(message, id) });
  });

  it.each(['', 'constructor', '__proto__', 'toString', 'hasOwnProperty', 'rpc.'])(
    'there is no method %j',
    async (name) => {
      expect(await answer(request(name, [], 1))).toEqual({ status: 200, body: noMethod(name, 1) });
    },
  );

  it('quotes the beginning of a long method name only', async () => {
    expect(await answer(request('x'.repeat(10_000), [], 1))).toEqual({
      status: 200,
      body: noMethod('x'.repeat(80), 1),
    });
  });
});

describe('errors of methods', () => {
  const failing = new JsonRpc(
    new Map<string, RpcMethod<unknown>>([
      [
        'denied',
        () => {
          throw new OperationError('forbidden', 'not you', { permission: 'admin' });
        },
      ],
      ['limited', () => Promise.reject(new OperationError('limited', 'slow down', { retryAfterMs: 1_500 }))],
      [
        'broken',
        () => {
          throw new TypeError('the password is hunter2');
        },
      ],
      ['broken later', () => Promise.reject(new TypeError('the password is hunter2'))],
      [
        'throws text',
        () => {
          // eslint-disable-next-line @typescript-eslint/only-throw-error
          throw 'the password is hunter2';
        },
      ],
    ]),
  );
  const internal = failure(
    -32603,
    'internal',
    'Something broke inside the gateway. Its log has the reason under this request id.',
    1,
  );
  const denied = {
    jsonrpc: '2.0',
    error: {
      code: -32011,
      message: 'not you',
      data: { kind: 'forbidden', permission: 'admin', requestId: 'request-1' },
    },
    id: 1,
  };
  const limited = {
    jsonrpc: '2.0',
    error: {
      code: -32012,
      message: 'slow down',
      data: { kind: 'limited', retryAfterMs: 1_500, requestId: 'request-1' },
    },
    id: 1,
  };

  it.each<[method: string, status: number, body: unknown]>([
    ['denied', 403, denied],
    ['limited', 429, limited],
    ['broken', 200, internal],
    ['broken later', 200, internal],
    ['throws text', 200, internal],
  ])('%s: its own status alone, 200 in a batch', async (method, status, body) => {
    const alone = await failing.answer(request(method, [], 1), context);
    expect({ status: alone.status, body: JSON.parse(alone.json ?? '') as unknown }).toEqual({ status, body });
    const batch = await failing.answer([request(method, [], 1)], context);
    expect({ status: batch.status, body: JSON.parse(batch.json ?? '') as unknown }).toEqual({
      status: 200,
      body: [body],
    });
  });
});

describe('batches', () => {
  /** Methods that end when the test says so. */
  function held() {
    const waiting: (() => void)[] = [];
    let running = 0;
    let most = 0;
    const wait: RpcMethod<unknown> = async (params) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => waiting.push(resolve));
      running -= 1;
      return JSON.stringify(params);
    };
    return { rpc: new JsonRpc(new Map([['wait', wait]])), waiting, most: () => most };
  }

  const entries = (count: number) => Array.from({ length: count }, (_, i) => request('wait', [i], i));
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('answer in the order of their entries, whichever ends first', async () => {
    const { rpc, waiting } = held();
    const answers = rpc.answer(entries(8), context);
    for (const end of waiting.toReversed()) {
      end();
      await turn();
    }
    expect(JSON.parse((await answers).json ?? '')).toEqual(Array.from({ length: 8 }, (_, i) => result([i], i)));
  });

  it('run at most 8 entries at once, and start the next when one ends', async () => {
    const { rpc, waiting, most } = held();
    const answers = rpc.answer(entries(50), context);
    expect(waiting).toHaveLength(8);
    waiting[5]?.();
    await turn();
    expect(waiting).toHaveLength(9);
    for (let ended = 0; ended < 50; ended += 1) {
      waiting[ended]?.();
      await turn();
    }
    expect(JSON.parse((await answers).json ?? '')).toEqual(Array.from({ length: 50 }, (_, i) => result([i], i)));
    expect(most()).toBe(8);
  });

  it('of 51 entries are refused as a whole, and nothing runs', async () => {
    const { rpc, waiting } = held();
    const { status, json } = await rpc.answer(entries(51), context);
    expect({ status, body: JSON.parse(json ?? '') as unknown }).toEqual({
      status: 413,
      body: failure(-32013, 'too-large', 'The request is refused: a batch holds at most 50 requests'),
    });
    expect(waiting).toHaveLength(0);
  });

  it('can hold one id twice, and each is answered', async () => {
    expect(await answer([request('sum', [1], 1), request('sum', [2], 1)])).toEqual({
      status: 200,
      body: [result(1, 1), result(2, 1)],
    });
  });

  it('inside a batch are no requests', async () => {
    expect(await answer([[request('sum', [1], 1)]])).toEqual({ status: 200, body: [notAnObject] });
  });
});
