import { termOf } from './words.js';

/** Words by which people and tools mean the same. */
const groups = [
  'get read show fetch view open see',
  'find search look query lookup',
  'list all which every show',
  'create make add new put insert',
  'delete remove drop erase',
  'update change edit modify set move',
  'send write post tell message',
  'invite add',
  'run execute start invoke trigger launch',
  'stop cancel end kill halt abort',
  'error exception failure bug crash problem failed',
  'mail email letter',
  'meeting appointment event',
  'internet web online',
  'website site page',
  'picture image photo',
  'database db sql postgres',
  'table relation',
  'slow performance fast latency',
  'permission access right',
  'customer client buyer',
  'money payment price cost',
  'log output trace',
  'person people user member colleague',
  'folder directory',
  'deploy release publish rollout',
];

/** From a term to those that stand for it as well. */
const synonyms = new Map<string, ReadonlySet<string>>();
for (const group of groups) {
  const terms = group.split(' ').flatMap((word) => termOf(word) ?? []);
  for (const term of terms) {
    const others = new Set([...(synonyms.get(term) ?? []), ...terms]);
    others.delete(term);
    synonyms.set(term, others);
  }
}

/** What might be said instead of these terms, without themselves. */
export function alternativesTo(terms: readonly string[]): string[] {
  const found = new Set(terms.flatMap((term) => [...(synonyms.get(term) ?? [])]));
  return [...found].filter((term) => !terms.includes(term));
}
