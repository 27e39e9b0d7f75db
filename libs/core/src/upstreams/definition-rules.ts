import type { Params } from './connection.js';
import { isDeeperThan } from './depth.js';
import { misshapen, shapes, spareable, withoutNulls, withSafeIcons } from './definition-shapes.js';
import { withoutNullMembers } from './null-members.js';
import { judgeSchema } from './schema-rules.js';
import { hides, visible, withVisibleTexts } from './text-cleaning.js';
import type { Definition } from './upstream.js';

const MAX_SCHEMA_BYTES = 64 * 1024;
const MAX_DEFINITION_BYTES = 256 * 1024;
const MAX_DEPTH = 64;
const MAX_NAME = 256;

/** A definition as it may be shown, or why it may not. */
export type Judged = { readonly definition: Definition } | { readonly refused: string };

/** Judges a tool. What agents read loses its invisible characters; the name is kept, since the upstream knows it so. */
export function judgeTool(listed: unknown): Judged {
  // what is further in is pinned as it is
  const given = isObject(listed) ? withoutNullMembers(listed) : listed;
  const judged = judgeListed(given, 'tool');
  if ('refused' in judged) return judged;
  const schemas: Params = {};
  for (const member of ['inputSchema', 'outputSchema']) {
    const schema = (given as Params)[member];
    if (schema === undefined) continue;
    if (!isObject(schema)) return { refused: 'its output schema is none' };
    if (Buffer.byteLength(JSON.stringify(schema)) > MAX_SCHEMA_BYTES) return { refused: 'a schema is over 64 KiB' };
    const found = judgeSchema(schema);
    if ('refused' in found) return found;
    schemas[member] = found.schema;
  }
  return { definition: { ...judged.definition, name: (given as Definition).name, ...schemas } };
}

export function judgePrompt(listed: unknown): Judged {
  const given = isObject(listed) ? withoutNulls(listed) : listed;
  const judged = judgeListed(given, 'prompt');
  if ('refused' in judged) return judged;
  const { name, arguments: asked = [] } = given as { name: string; arguments?: { name: string }[] };
  return [name, ...asked.map((one) => one.name)].some(hides) ? { refused: 'a name hides characters' } : judged;
}

export function judgeResource(given: unknown): Judged {
  return judgeAddressed(given, 'resource', 'uri');
}

export function judgeResourceTemplate(given: unknown): Judged {
  return judgeAddressed(given, 'resourceTemplate', 'uriTemplate');
}

/** By its address a client asks for it, and reads the rest. */
function judgeAddressed(
  listed: unknown,
  shape: 'resource' | 'resourceTemplate',
  address: 'uri' | 'uriTemplate',
): Judged {
  const given = isObject(listed) ? withoutNulls(listed) : listed;
  const judged = judgeListed(given, shape);
  if ('refused' in judged) return judged;
  return hides((given as Record<typeof address, string>)[address])
    ? { refused: `its ${address} hides characters` }
    : judged;
}

/** Judges what all that is listed has in common. The definition is without anything invisible. */
function judgeListed(given: unknown, shape: keyof typeof shapes): Judged {
  if (!isObject(given)) return { refused: 'it is no definition' };
  const { name } = given;
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME) return { refused: 'it has no usable name' };
  if (/[\p{Cc}\p{Cs}]/u.test(name) || visible(name) === '') return { refused: 'its name holds control characters' };
  if (isDeeperThan(given, MAX_DEPTH)) return { refused: `it is nested deeper than ${MAX_DEPTH}` };
  if (Buffer.byteLength(JSON.stringify(given)) > MAX_DEFINITION_BYTES) return { refused: 'it is over 256 KiB' };
  let spared = given;
  for (;;) {
    const member = misshapen(shapes[shape], withoutNulls(spared));
    if (member === undefined) break;
    const [first = ''] = member;
    if (!spareable.has(first) || !(first in spared)) {
      return { refused: `its member ${member.join('.')} is not as MCP has it` };
    }
    spared = Object.fromEntries(Object.entries(spared).filter(([each]) => each !== first));
  }
  return { definition: withSafeIcons(withVisibleTexts(spared) as Definition) };
}

function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
