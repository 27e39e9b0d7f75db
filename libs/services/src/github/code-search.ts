import { z } from 'zod';
import type { InputOf } from '#libs/kit';
import { at, listAt, shaped } from './answers.js';
import type { Github } from './github.client.js';
import type { searchCode } from './operations/code.js';
import { extra } from './operations/fields.js';
import { withScope } from './search-scope.js';

const found = z.object({
  path: z.string(),
  repository: z.string(),
  fragments: z.array(z.string()),
  url: z.string(),
  extra,
});

export async function findCode(github: Github, input: InputOf<typeof searchCode>, signal: AbortSignal) {
  const q = withScope(input.query, github.searchScope(input));
  const options = { accept: 'application/vnd.github.text-match+json' };
  const { items, page } = await github.search('GET /search/code', { q }, input, signal, options);
  return { ...page, results: items.map((each) => resultOf(each, input.fields)) };
}

function resultOf(raw: unknown, fields?: readonly string[]) {
  const repository = at(raw, 'repository.full_name');
  const matches = listAt({ matches: at(raw, 'text_matches') ?? [] }, 'matches');
  return shaped(found, raw, fields, { repository, fragments: matches.map((match) => at(match, 'fragment')) });
}
