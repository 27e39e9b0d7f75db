import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { AskingCall } from './asking-call.js';
import type { Params } from './messages.js';

const ELICITATION: Params = { elicitation: {} };
const yes = (n: number) => ({ action: 'accept', content: { n } });
const forever = () => new AbortController().signal;
const form = (field: string) => ({
  message: field,
  requestedSchema: { type: 'object', properties: { [field]: { type: 'string' } } },
});
const none = () => undefined;

/** A call that asks for these fields, each so many milliseconds after the one before. */
function asking(fields: string[], { given = {}, gapMs = 0, capabilities = ELICITATION } = {}): AskingCall {
  const call = new AskingCall('ann', capabilities, given);
  const run = async () => {
    const answers: Promise<Params>[] = [];
    for (const field of fields) {
      if (answers.length > 0 && gapMs > 0) await sleep(gapMs);
      answers.push(call.ask('elicitation/create', form(field), forever()));
    }
    return JSON.stringify(await Promise.all(answers));
  };
  call.start(run());
  return call;
}

const keysOf = (turn: Awaited<ReturnType<AskingCall['turn']>>) =>
  'questions' in turn ? Object.keys(turn.questions) : turn;

it('asks in one round what comes within milliseconds', async () => {
  const call = asking(['a', 'b', 'c'], { gapMs: 2 });
  expect(keysOf(await call.turn(none))).toEqual(['a', 'b', 'c']);
});

it('keeps no client waiting for a server that goes on asking', async () => {
  const fields = Array.from({ length: 1_000 }, (_, n) => `f${n}`);
  const keys = keysOf(await asking(fields, { gapMs: 2 }).turn(none)) as string[];
  expect(keys.length).toBeLessThan(1_000);
});

it('takes an answer that comes before it was asked', async () => {
  const call = asking(['a', 'b'], { given: { a: yes(1), other: yes(9) } });
  expect(keysOf(await call.turn(none))).toEqual(['b']);
  call.answer({ b: yes(2) });
  expect(await call.turn(none)).toEqual({ json: JSON.stringify([yes(1), yes(2)]) });
});

it.each<[name: string, early: unknown]>([
  ['no answer', { content: {} }],
  ['an answer to something else', { roots: [] }],
  ['no object', 'yes'],
])('asks where what came before is %s', async (_name, early) => {
  expect(keysOf(await asking(['a'], { given: { a: early } }).turn(none))).toEqual(['a']);
});

it('asks again what was not answered, was answered under another name, or with what is no answer', async () => {
  const call = asking(['a', 'b']);
  expect(keysOf(await call.turn(none))).toEqual(['a', 'b']);
  for (const answers of [{}, { other: yes(1) }, { a: { content: {} } }]) {
    call.answer(answers);
    expect(keysOf(await call.turn(none))).toEqual(['a', 'b']);
  }
  call.answer({ a: yes(1) });
  expect(keysOf(await call.turn(none))).toEqual(['b']);
  call.answer({ a: yes(9), b: yes(2) });
  expect(await call.turn(none)).toEqual({ json: JSON.stringify([yes(1), yes(2)]) });
});

it('asks no longer for what the call has given up', async () => {
  const call = new AskingCall('ann', ELICITATION, {});
  const leaving = new AbortController();
  const asked = call.ask('elicitation/create', form('a'), leaving.signal);
  call.start(asked.then(JSON.stringify, () => 'given up'));
  leaving.abort(new Error('enough'));
  expect(await call.turn(none)).toEqual({ json: 'given up' });
});

it('refuses what the client did not declare, whatever else would come of the call', async () => {
  const call = new AskingCall('ann', { sampling: {} }, {});
  call.start(call.ask('elicitation/create', form('a'), forever()).then(JSON.stringify, () => 'went on without'));
  await expect(call.turn(none)).rejects.toMatchObject({
    code: -32021,
    details: { requiredCapabilities: { elicitation: { form: {} } } },
  });
});
