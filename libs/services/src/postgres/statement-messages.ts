import { serialize } from 'pg-protocol';
import type { BoundedStatement } from './bounded-statement.js';
import type { Preparation } from './prepared-statements.js';

/**
 * The messages by which a statement is sent, in one piece: a write of several costs more than all that they say. A prepared
 * statement without values, asked for as many rows as before, is sent as before.
 */
export function statementMessages(
  { text, params, maxRows, readOn }: BoundedStatement,
  preparation: Preparation,
  toTheEnd: boolean,
): Buffer {
  const { name, parse, close, fields, sent } = preparation;
  const asked = toTheEnd ? 0 : maxRows + 1;
  const isAsBefore = sent?.asked === asked && sent.readOn === readOn?.rows;
  if (isAsBefore && params.length === 0) return sent.bytes;
  const messages: Buffer[] = [];
  if (close !== undefined) messages.push(serialize.close({ type: 'S', name: close }));
  if (parse) messages.push(serialize.parse({ name, text }));
  messages.push(serialize.bind({ statement: name, values: [...params] }));
  if (!fields) messages.push(serialize.describe({ type: 'P' }));
  messages.push(serialize.execute({ rows: asked }));
  // what was asked for is sent before what follows is looked for, which may take its time
  if (readOn) messages.push(serialize.flush(), serialize.execute({ rows: readOn.rows }));
  messages.push(serialize.sync());
  const bytes = Buffer.concat(messages);
  if (!parse && fields && params.length === 0) {
    preparation.sent = { asked, readOn: readOn?.rows, bytes: standingAlone(bytes) };
  }
  return bytes;
}

/** A copy that keeps no memory but its own: small buffers are parts of larger ones. */
function standingAlone(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
