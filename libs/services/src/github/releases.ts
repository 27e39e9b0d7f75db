import type { InputOf } from '#libs/kit';
import { shaped } from './answers.js';
import type { Github } from './github.client.js';
import { releaseShape, type listReleases } from './operations/code.js';

export async function releasesOf(github: Github, input: InputOf<typeof listReleases>, signal: AbortSignal) {
  const asked = { ...github.repository(input) };
  const { items, nextCursor } = await github.list('GET /repos/{owner}/{repo}/releases', asked, input, signal);
  return { releases: items.map((each) => shaped(releaseShape, each, input.fields)), nextCursor };
}
