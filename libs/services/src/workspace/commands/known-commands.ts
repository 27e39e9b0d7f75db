import { refusedWord, type Word } from './grammar.js';
import { curl, type WebRequest } from './grammars/curl.js';
import { cat, part } from './grammars/files.js';
import { find } from './grammars/find.js';
import { git, type GitCommand } from './grammars/git-words.js';
import { grep } from './grammars/grep.js';
import { ls } from './grammars/listing.js';
import { ping, type Ping } from './grammars/ping.js';

/** What a command turns out to ask for, once its grammar has read it. */
export type Asked =
  | { readonly kind: 'program'; readonly words: readonly Word[] }
  | { readonly kind: 'git'; readonly git: GitCommand }
  | { readonly kind: 'web'; readonly request: WebRequest }
  | { readonly kind: 'ping'; readonly ping: Ping };

type Grammar = (words: readonly string[]) => Asked;

const program =
  (read: (words: readonly string[]) => Word[]): Grammar =>
  (words) => ({ kind: 'program', words: read(words) });

/** Every command that an operator can allow. What has no grammar here is not run. */
export const knownCommands: ReadonlyMap<string, Grammar> = new Map<string, Grammar>([
  ['ls', program(ls)],
  ['cat', program(cat)],
  ['head', program(part)],
  ['tail', program(part)],
  ['grep', program(grep)],
  ['find', program(find)],
  ['git', (words) => ({ kind: 'git', git: git(words) })],
  ['curl', (words) => ({ kind: 'web', request: curl(words) })],
  ['ping', (words) => ({ kind: 'ping', ping: ping(words) })],
  [
    'docker',
    () => {
      throw refusedWord('docker', 'containers are looked at by the tools docker_ps, docker_logs and docker_inspect');
    },
  ],
]);
