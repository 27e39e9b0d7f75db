import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { InputOf } from '#libs/kit';
import { at, listAt, shaped, textAt } from './answers.js';
import type { Github } from './github.client.js';
import type { getFile } from './operations/code.js';

const entry = z.object({ name: z.string(), type: z.string(), size: z.int() });
const single = z.object({
  type: z.enum(['file', 'symlink', 'submodule']),
  path: z.string(),
  sha: z.string(),
  size: z.int(),
  target: z.string().optional(),
});

const CONTENTS = 'GET /repos/{owner}/{repo}/contents/{path}';

export async function readFile(github: Github, input: InputOf<typeof getFile>, signal: AbortSignal) {
  const { path = '', ref } = input;
  const asked = { ...github.repository(input), path, ref };
  const { data } = await github.request(CONTENTS, asked, signal);
  if (Array.isArray(data)) {
    const entries = listAt(data).map((each) => shaped(entry, each));
    return { type: 'directory' as const, path, sha: null, size: null, entries };
  }
  const facts = shaped(single, data);
  if (facts.type !== 'file') return facts;
  const bytes = at(data, 'encoding') === 'none' ? await rawBytes(github, asked, signal) : decoded(data);
  if (input.base64) return { ...facts, base64: bytes.toString('base64') };
  const binary = !isUtf8(bytes) || bytes.includes(0);
  return { ...facts, binary, ...(!binary && { text: bytes.toString('utf8') }) };
}

/** Over a megabyte GitHub leaves the content out of the JSON. */
function rawBytes(github: Github, asked: Record<string, unknown>, signal: AbortSignal): Promise<Buffer> {
  return github.bytes(CONTENTS, asked, signal, 'application/vnd.github.raw+json');
}

function decoded(data: unknown): Buffer {
  return Buffer.from(textAt(data, 'content'), 'base64');
}
