import { describe, expect, it } from 'vitest';
import { OperationError, type Caller } from '#libs/kit';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import type { CallOrigin } from '../../execution/call-context.js';
import type { FinishedCall } from '../../execution/finished-call.js';
import { CallEventHistory } from './call-event-history.js';

const origin = (requestId: string, traceparent?: string): CallOrigin => ({
  caller: { id: 'key-1' } as Caller,
  door: 'rpc',
  requestId,
  address: '127.0.0.1',
  traceparent,
});
const call = (given: CallOrigin, more: Partial<FinishedCall> = {}): FinishedCall => ({
  operationId: 'gateway.echo',
  operation: { service: 'gateway', name: 'echo' } as CatalogOperation,
  input: {},
  origin: given,
  outcome: 'ok',
  durationMs: 1.23456,
  bytes: 0,
  tokens: 0,
  ...more,
});
const common = { caller: 'key-1', door: 'rpc', service: 'gateway', operation: 'echo' };
const eventsOf = (history: CallEventHistory, seq = 0) => history.since(seq).events.map(({ event }) => event);

describe('the history of calls', () => {
  it('gives a beginning and an end with all that they say', () => {
    const history = new CallEventHistory();
    const traced = origin('a', `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`);
    const taken = { authorize: 0.1, admit: 0, parse: undefined, approve: undefined, run: undefined, shape: undefined };
    history.started(1, traced, 'gateway', 'echo');
    history.ended(2, call(traced, { steps: taken }), 'gateway', 'echo');
    expect(eventsOf(history)).toEqual([
      { ...common, phase: 'start', requestId: 'a' },
      {
        ...common,
        phase: 'end',
        requestId: 'a',
        outcome: 'ok',
        durationMs: 1.235,
        steps: { authorize: 0.1, admit: 0 },
        traceId: '1'.repeat(32),
      },
    ]);
    expect(history.newest()).toEqual({ ...history.since(1).events[0] });
  });

  it('says of what was refused why, and of no step', () => {
    const history = new CallEventHistory();
    const error = new OperationError('forbidden', 'not permitted');
    history.ended(1, call(origin('a'), { outcome: 'denied', error, durationMs: 0 }), '', 'nothing');
    expect(eventsOf(history)).toEqual([
      {
        ...common,
        service: '',
        operation: 'nothing',
        phase: 'end',
        requestId: 'a',
        outcome: 'denied',
        errorKind: 'forbidden',
        durationMs: 0,
      },
    ]);
  });

  it('leaves nothing of the event before in a slot', () => {
    const history = new CallEventHistory();
    const traced = origin('a', `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`);
    const failed = { outcome: 'error' as const, error: new OperationError('internal', 'no') };
    const whole = { ...common, phase: 'progress' as const, requestId: 'b', progress: 1 };
    const taken = { authorize: 1, admit: 2, parse: 3, approve: 4, run: 5, shape: 6 };
    for (let i = 0; i < 1_250; i += 1) history.ended(i + 1, call(traced, { ...failed, steps: taken }), 'x', 'y');
    history.push(whole);
    for (let i = 0; i < 1_250; i += 1) history.ended(history.seq + 1, call(origin('c')), 'gateway', 'echo');
    const end = { ...common, phase: 'end', requestId: 'c', outcome: 'ok', durationMs: 1.235 };
    expect(eventsOf(history)).toEqual(Array.from({ length: 1_250 }, () => end));
    for (let i = 0; i < 1_250; i += 1) history.push(whole);
    for (let i = 0; i < 1_250; i += 1) history.started(history.seq + 1, origin('d'), 'gateway', 'echo');
    expect(eventsOf(history)).toEqual(
      Array.from({ length: 1_250 }, () => ({ ...common, phase: 'start', requestId: 'd' })),
    );
  });

  it('keeps more than 1,000, and says when more was missed', () => {
    const history = new CallEventHistory();
    for (let i = 1; i <= 3_000; i += 1) history.started(i, origin(String(i)), 'gateway', 'echo');
    const { events, complete } = history.since(0);
    expect(complete).toBe(false);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_250 }, (_, i) => 1_751 + i));
    expect(history.since(1_750)).toEqual({ events, complete: true });
    expect(history.since(1_749).complete).toBe(false);
    expect(history.since(3_000)).toEqual({ events: [], complete: true });
    expect(history.since(3_001)).toEqual({ events, complete: false });
  });

  it('puts what comes late from elsewhere in its place', () => {
    const history = new CallEventHistory();
    const elsewhere = { ...common, phase: 'start' as const, requestId: 'there' };
    history.started(10, origin('a'), 'gateway', 'echo');
    history.started(30, origin('b'), 'gateway', 'echo');
    history.insert({ seq: 20, at: 1, event: elsewhere });
    expect(history.since(10).events.map(({ seq, event }) => [seq, event.requestId])).toEqual([
      [20, 'there'],
      [30, 'b'],
    ]);
    expect(history.seq).toBe(30);
    history.noteMissed(15);
    expect(history.since(10).complete).toBe(false);
    expect(history.since(15).complete).toBe(true);
  });
});
