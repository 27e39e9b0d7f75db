import { invalidField, type InputOf } from '#libs/kit';
import { textAt } from './answers.js';
import type { Github } from './github.client.js';
import type { deleteFile, putFile } from './operations/code.js';

const CONTENTS = '/repos/{owner}/{repo}/contents/{path}';
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

export async function putContents(github: Github, input: InputOf<typeof putFile>, signal: AbortSignal) {
  const { path, message, branch, sha } = input;
  const content = contentOf(input);
  const asked = { ...github.repository(input), path, message, content, branch, sha };
  return github.change(`PUT ${CONTENTS}`, asked, signal, ({ data, status }) => ({
    path,
    sha: textAt(data, 'content.sha'),
    created: status === 201,
    commit: commitIn(data),
  }));
}

export async function deleteContents(github: Github, input: InputOf<typeof deleteFile>, signal: AbortSignal) {
  const { path, message, branch, sha } = input;
  const asked = { ...github.repository(input), path, message, branch, sha };
  return github.change(`DELETE ${CONTENTS}`, asked, signal, ({ data }) => ({ path, commit: commitIn(data) }));
}

/** As GitHub takes it: base64, here without line breaks. */
function contentOf({ content, encoding }: Pick<InputOf<typeof putFile>, 'content' | 'encoding'>): string {
  if (encoding === 'utf-8') return Buffer.from(content).toString('base64');
  const joined = content.replace(/\s+/g, '');
  if (!base64.test(joined)) throw invalidField('content', 'base64', 'something else');
  return joined;
}

function commitIn(data: unknown) {
  return { sha: textAt(data, 'commit.sha'), url: textAt(data, 'commit.html_url') };
}
