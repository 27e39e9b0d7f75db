import { nestsDeeperThan } from '#libs/kit';
import { INTERNAL_ERROR } from './connection.js';
import type { Message } from './peer.js';

/** As every door takes it from clients. */
const MAX_DEPTH = 64;

/**
 * The messages that a text of an upstream holds, a batch too; undefined where it is none. Of what is nested deeper than 64
 * levels, which would overflow the stack of whoever passes it on, an answer becomes an error and all else is dropped.
 */
export function messagesOf(text: string): Message[] | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const messages = (Array.isArray(value) ? value : [value]).filter(isMessage);
  return nestsDeeperThan(text, MAX_DEPTH) ? messages.flatMap(tooDeep) : messages;
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
