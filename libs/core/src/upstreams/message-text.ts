import { nestsDeeperThan } from '#libs/kit';
import { INTERNAL_ERROR } from './connection.js';
import { isDeeperThan } from './depth.js';
import type { Message } from './peer.js';

/** As every door takes it from clients, and what stands around a definition in a list. */
const MAX_DEPTH = 64 + 8;

/**
 * The messages that a text of an upstream holds, a batch too; undefined where it is none. Of one that is nested deeper than 72
 * levels, which would overflow the stack of whoever passes it on, an answer becomes an error and all else is dropped.
 */
export function messagesOf(text: string): Message[] | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const messages = (Array.isArray(value) ? value : [value]).filter(isMessage);
  if (!nestsDeeperThan(text, MAX_DEPTH)) return messages;
  return messages.flatMap((message) => (isDeeperThan(message, MAX_DEPTH) ? tooDeep(message) : [message]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A batch may hold anything. */
function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tooDeep({ id, method }: Message): Message[] {
  if (method !== undefined || id === undefined) return [];
  const message = `The answer is nested deeper than ${MAX_DEPTH} levels`;
  return [{ id, error: { code: INTERNAL_ERROR, message } }];
}
