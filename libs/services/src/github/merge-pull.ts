import { z } from 'zod';
import type { InputOf } from '#libs/kit';
import { shaped } from './answers.js';
import type { Github } from './github.client.js';
import type { mergePr } from './operations/pull-requests.js';
import { PULL, pullOf } from './pull-requests.js';

const mergeAnswer = z.object({ merged: z.boolean(), sha: z.string(), message: z.string() });

export async function mergePull(github: Github, input: InputOf<typeof mergePr>, signal: AbortSignal) {
  const { method, sha, title, message } = input;
  const asked = { ...pullOf(github, input), merge_method: method, sha, commit_title: title, commit_message: message };
  return github.change(`PUT ${PULL}/merge`, asked, signal, ({ data }) => shaped(mergeAnswer, data));
}
