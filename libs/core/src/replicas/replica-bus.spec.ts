import { Logger } from '@nestjs/common';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataDirectory } from '../store/data-directory.js';
import { SecretKey } from '../store/secret-key.js';
import { ReplicaBus, type Topic } from './replica-bus.js';
import { ReplicaId } from './replica-id.js';
import type { SharedRedis } from './shared-redis.js';

const noDirectory = { readSecret: () => undefined } as unknown as DataDirectory;
const topic: Topic<string> = { name: 'topic' };
/** All that was ever written into Redis, in its order. */
let written: string[];
let listeners: ((text: string) => void)[];

beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => {
  [written, listeners] = [[], []];
});

/** Whoever can write into Redis, and has heard what was said there. */
const write = (text: string) => {
  written.push(text);
  for (const listener of listeners) listener(text);
};

function replica(secret = 'the secret of all replicas') {
  const redis = {
    isReady: true,
    publish: write,
    onMessage: (listener: (text: string) => void) => listeners.push(listener),
  };
  const id = new ReplicaId();
  const bus = new ReplicaBus(redis as unknown as SharedRedis, id, new SecretKey(secret, noDirectory));
  const heard: string[] = [];
  bus.on(topic, (message) => {
    if (message === 'nonsense') throw new TypeError('not understood');
    heard.push(message);
  });
  return { id: id.text, bus, heard };
}

describe('what a replica says', () => {
  it('all others hear, once and in its order', () => {
    const [one, two, three] = [replica(), replica(), replica()];
    for (const message of ['first', 'second']) one.bus.publish(topic, message);
    expect([one.heard, two.heard, three.heard]).toEqual([[], ['first', 'second'], ['first', 'second']]);
  });

  it('can not be repeated by whoever else writes into Redis', () => {
    const [one, two] = [replica(), replica()];
    for (const message of ['first', 'second']) one.bus.publish(topic, message);
    for (const text of [...written]) write(text);
    expect(two.heard).toEqual(['first', 'second']);
    one.bus.publish(topic, 'third');
    expect(two.heard).toEqual(['first', 'second', 'third']);
  });

  it('to one alone is nothing to another, wherever it is written', () => {
    const [one, two, three] = [replica(), replica(), replica()];
    one.bus.publish(topic, 'for two', two.id);
    expect([two.heard, three.heard]).toEqual([['for two'], []]);
  });

  it('under another secret is heard by nobody', () => {
    const [one, stranger] = [replica(), replica('another secret')];
    stranger.bus.publish(topic, 'hello');
    expect(one.heard).toEqual([]);
  });

  it('and is not understood stops nobody from hearing the next', () => {
    const [one, two] = [replica(), replica()];
    for (const message of ['nonsense', 'sense']) one.bus.publish(topic, message);
    expect(two.heard).toEqual(['sense']);
  });
});
