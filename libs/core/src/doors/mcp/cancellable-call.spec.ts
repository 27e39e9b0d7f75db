import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import type { HttpResponse } from '#libs/kit';
import { CancellableCall } from './cancellable-call.js';

/** A response as far as a call looks at it. */
class Response extends EventEmitter {
  destroyed = false;
  writableFinished = false;

  /** The client leaves. */
  lose(): void {
    this.destroyed = true;
    this.emit('close');
  }

  /** The answer has left. */
  finish(): void {
    this.writableFinished = true;
    this.lose();
  }
}

const responseOf = (response: Response) => response as unknown as HttpResponse;

/** A call that follows a response, and how often it was told that it is over. */
function following(response: Response, call = new CancellableCall()) {
  const heard: string[] = [];
  call.follow(responseOf(response));
  return { call, heard, listen: () => call.onCancel(() => heard.push('over')) };
}

it('ends when its client leaves, once', () => {
  const response = new Response();
  const { call, heard, listen } = following(response);
  listen();
  expect(call.isCancelled).toBe(false);
  response.lose();
  expect(heard).toEqual(['over']);
  expect(call.isCancelled).toBe(true);
});

it('ends for whoever listens only after its client has left', () => {
  const response = new Response();
  const { call, heard, listen } = following(response);
  response.lose();
  expect(call.isCancelled).toBe(true);
  listen();
  expect(heard).toEqual(['over']);
});

it('watches no response before somebody listens, and none that was answered', () => {
  const response = new Response();
  const { call, heard, listen } = following(response);
  expect(response.listenerCount('close')).toBe(0);
  listen();
  expect(response.listenerCount('close')).toBe(1);
  call.unfollow();
  response.lose();
  expect([call.isCancelled, heard, response.listenerCount('close')]).toEqual([false, [], 0]);
});

it('does not end by an answer that has left', () => {
  const response = new Response();
  const { call, heard, listen } = following(response);
  listen();
  response.finish();
  expect([call.isCancelled, heard]).toEqual([false, []]);
});

it('goes from one response to the next with those who listen', () => {
  const [first, second] = [new Response(), new Response()];
  const { call, heard, listen } = following(first);
  listen();
  call.unfollow();
  call.follow(responseOf(second));
  first.lose();
  expect(heard).toEqual([]);
  second.lose();
  expect(heard).toEqual(['over']);
});

it('goes on without its client where that can come back', () => {
  class Resumable extends CancellableCall {
    protected override get canBeResumed() {
      return true;
    }
  }
  const response = new Response();
  const { call, heard, listen } = following(response, new Resumable());
  listen();
  response.lose();
  expect([call.isCancelled, heard]).toEqual([false, []]);
});

it('tells nobody who has stopped to listen', () => {
  const call = new CancellableCall();
  const heard: string[] = [];
  const stop = call.onCancel(() => heard.push('first'));
  call.onCancel(() => heard.push('second'));
  stop();
  call.cancel();
  expect(heard).toEqual(['second']);
});
