import { expect, it } from 'vitest';
import { Peer, type Message } from './peer.js';

const signal = new AbortController().signal;

it.each([null, 5, 'text', [null]])('drops what is no message: %j', (message) => {
  const sent: Message[] = [];
  new Peer((one) => sent.push(one)).receive(message as never);
  expect(sent).toEqual([]);
});

it('ends a request whose error says what is no text', async () => {
  const peer = new Peer(() => undefined);
  const asked = peer.request('tools/call', { name: 'a' }, { signal });
  peer.receive({ id: 1, error: { code: 7, message: { toString: 1 } } } as never);
  await expect(asked).rejects.toMatchObject({ code: 7, message: '{"toString":1}' });
});

it('asks a client no more than sixteen things at once for one call', () => {
  const sent: Message[] = [];
  const peer = new Peer((one) => sent.push(one));
  let asks = 0;
  const ask = () => {
    asks += 1;
    return new Promise<never>(() => undefined);
  };
  void peer.request(
    'tools/call',
    { name: 'a' },
    { signal, client: { capabilities: {}, ask, notify: () => undefined } },
  );
  for (let id = 1; id <= 17; id += 1) peer.receive({ id, method: 'elicitation/create', params: {} });
  expect(asks).toBe(16);
  expect(sent.at(-1)).toMatchObject({ id: 17, error: { code: -32603 } });
});
