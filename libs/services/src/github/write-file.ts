import { invalidField, type InputOf } from '#libs/kit';
import { textAt } from './answers.js';
import type { Github } from './github.client.js';
import type { deleteFile, putFile } from './operations/code.js';

const CONTENTS = '/repos/{owner}/{repo}/contents/{path}';
const base64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

export async function putContents(github: Github, input: InputOf<typeof putFile>, signal: AbortSignal) {
  const { path, message, branch, sha, encoding } = input;
  if (encoding === 'base64' && !base64.test(input.content)) throw invalidField('content', 'base64', 'something else');
  const content =
    encoding === 'base64' ? input.content.replace(/\s/g, '') : Buffer.from(input.content).toString('base64');
  const asked = { ...github.repository(input), path, message, content, branch, sha };
  const { data, status } = await github.request(`PUT ${CONTENTS}`, asked, signal);
  return { path, sha: textAt(data, 'content.sha'), created: status === 201, commit: commitIn(data) };
}

export async function deleteContents(github: Github, input: InputOf<typeof deleteFile>, signal: AbortSignal) {
  const { path, message, branch, sha } = input;
  const asked = { ...github.repository(input), path, message, branch, sha };
  const { data } = await github.request(`DELETE ${CONTENTS}`, asked, signal);
  return { path, commit: commitIn(data) };
}

function commitIn(data: unknown) {
  return { sha: textAt(data, 'commit.sha'), url: textAt(data, 'commit.html_url') };
}
