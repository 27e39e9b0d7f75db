import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { closing } from './testing/closing.js';
import { outboundClient } from './testing/outbound-client.js';
import { webServer } from './testing/web-server.js';
import type { MessageListener } from './message-exchange.js';
import type { OpenAnswer } from './open-answer.js';

const MAX_BYTES = 1_000;

function listening() {
  return {
    takesWhole: vi.fn<MessageListener['takesWhole']>(() => true),
    onWhole: vi.fn<MessageListener['onWhole']>(),
    onOpen: vi.fn<MessageListener['onOpen']>(),
    onFailure: vi.fn<MessageListener['onFailure']>(),
  };
}

/** One message to a server, and what was told of it. */
async function sent(answer: Parameters<typeof webServer>[0], listener = listening()) {
  const server = closing(await webServer(answer));
  const { client } = closing(outboundClient({ allowedHosts: ['127.0.0.1'] }));
  const post = () =>
    client.post({ url: server.url, policy: 'open', headers: {}, body: '{}', maxBytes: MAX_BYTES }, listener);
  const told = () =>
    vi.waitFor(() => {
      const { onWhole, onOpen, onFailure } = listener;
      expect(onWhole.mock.calls.length + onOpen.mock.calls.length + onFailure.mock.calls.length).toBe(1);
    });
  return { server, post, listener, told };
}

describe('a message', () => {
  it('is told as text where it came in parts that cut letters', async () => {
    const text = Buffer.from('{"a":"é😀"}');
    const { post, told, listener } = await sent((_request, response) => {
      response.writeHead(200, { 'content-length': text.length });
      response.write(text.subarray(0, 7));
      setTimeout(() => response.end(text.subarray(7)), 20);
    });
    post();
    await told();
    expect(listener.onWhole.mock.calls[0]?.[0]).toBe('{"a":"é😀"}');
  });

  it('fails where its answer is longer than it may be, with a length and without', async () => {
    for (const length of [{ 'content-length': 2_000 }, {}]) {
      const { post, told, listener } = await sent((_request, response) => {
        response.writeHead(200, length).end('x'.repeat(2_000));
      });
      post();
      await told();
      expect(listener.onFailure.mock.calls[0]?.[0]).toMatchObject({ kind: 'failed', details: { maxBytes: MAX_BYTES } });
    }
  });

  it('fails once where the connection breaks in the middle of its answer', async () => {
    const { post, told, listener } = await sent((_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('a', () => response.destroy());
    });
    post();
    await told();
    await sleep(20);
    expect(listener.onFailure.mock.calls).toMatchObject([[{ kind: 'unavailable' }]]);
  });

  it('is opened where its listener wants no whole answer, and where that is compressed', async () => {
    for (const isCompressed of [false, true]) {
      const listener = listening();
      listener.takesWhole.mockReturnValue(isCompressed);
      const { post, told } = await sent((_request, response) => {
        if (isCompressed) response.setHeader('content-encoding', 'identity, gzip');
        response.end('no gzip');
      }, listener);
      post();
      await told();
      const [answer] = listener.onOpen.mock.calls[0] as [OpenAnswer];
      const body = answer.whole(MAX_BYTES);
      if (isCompressed) await expect(body).rejects.toMatchObject({ kind: 'failed' });
      else expect(String(await body)).toBe('no gzip');
    }
  });

  it('that is stopped is told of no more, before it is sent, while it waits and once it is open', async () => {
    const closed: unknown[] = [];
    const { post, listener, server } = await sent((_request, response) => {
      response.once('close', () => closed.push(response.writableFinished));
      response.writeHead(200).write('the beginning');
    });
    post().stop(new Error('before'));
    await sleep(20);
    expect(server.requests).toEqual([]);
    const waiting = post();
    await vi.waitFor(() => expect(listener.takesWhole).toHaveBeenCalledTimes(1));
    waiting.stop(new Error('while it waits'));
    await vi.waitFor(() => expect(closed).toEqual([false]));
    listener.takesWhole.mockReturnValue(false);
    const open = post();
    await vi.waitFor(() => expect(listener.onOpen).toHaveBeenCalledTimes(1));
    const [answer] = listener.onOpen.mock.calls[0] as [OpenAnswer];
    const whole = answer.whole(MAX_BYTES);
    open.stop(new Error('once it is open'));
    await expect(whole).rejects.toMatchObject({ kind: 'failed' });
    await vi.waitFor(() => expect(closed).toEqual([false, false]));
    expect(listener.onWhole).not.toHaveBeenCalled();
    expect(listener.onFailure).not.toHaveBeenCalled();
  });
});
