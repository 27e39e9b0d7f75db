import { invalidField } from '#libs/kit';
import { invalidRequest } from '../../errors/protocol-error.js';

/** Characters: an id comes back with the acknowledgement. */
const MAX_ID = 200;

/** A message whose own members include an `id`, which then is the one to acknowledge as well. */
const withId: ReadonlySet<string> = new Set(['answer_approval', 'manage_api_key']);

export interface Frame {
  readonly name: string;
  /** Comes back with the acknowledgement. */
  readonly id: unknown;
  readonly payload: unknown;
}

/**
 * Reads a frame of `/ws`. A message's members stand beside `type` and `id`, or in `data`, so that a message with an `id` of
 * its own can have one to be acknowledged by too. Throws for what is no frame.
 */
export function frameOf(value: unknown): Frame {
  if (!isObject(value) || typeof value.type !== 'string') {
    throw invalidRequest('A frame is a JSON object with a type, such as {"type":"subscribe","room":"metrics"}');
  }
  const { type: name, id, data, ...beside } = value;
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') {
    throw invalidRequest('The id of a frame is a text or a number');
  }
  if (typeof id === 'string' && id.length > MAX_ID) {
    throw invalidField('id', `at most ${MAX_ID} characters`, `${id.length}`);
  }
  if (isObject(data)) return { name, id, payload: { ...beside, ...data } };
  const own = withId.has(name) && id !== undefined ? { id } : {};
  return { name, id, payload: { ...beside, ...own, ...(data !== undefined && { data }) } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
