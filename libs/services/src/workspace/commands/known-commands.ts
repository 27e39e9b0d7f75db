import type { ContainerQuestion } from '#libs/kit';
import type { Walk, Word } from './grammar.js';
import { curl, type WebRequest } from './grammars/curl.js';
import { docker } from './grammars/docker.js';
import { cat, part } from './grammars/files.js';
import { find } from './grammars/find.js';
import { git, type GitCommand } from './grammars/git-words.js';
import { grep } from './grammars/grep.js';
import { ls } from './grammars/listing.js';
import { ping, type Ping } from './grammars/ping.js';

/** What a command turns out to ask for, once its grammar has read it. */
export type Asked =
  | ProgramWords
  | { readonly kind: 'git'; readonly git: GitCommand }
  | { readonly kind: 'web'; readonly request: WebRequest }
  | { readonly kind: 'docker'; readonly question: ContainerQuestion }
  | { readonly kind: 'ping'; readonly ping: Ping };

/** A program, which reads what it meets on a walk of its own. */
export interface ProgramWords {
  readonly kind: 'program';
  readonly words: readonly Word[];
  readonly walk?: Walk;
}

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
  ['grep', (words) => ({ kind: 'program', ...grep(words) })],
  ['find', program(find)],
  ['git', (words) => ({ kind: 'git', git: git(words) })],
  ['curl', (words) => ({ kind: 'web', request: curl(words) })],
  ['ping', (words) => ({ kind: 'ping', ping: ping(words) })],
  ['docker', (words) => ({ kind: 'docker', question: docker(words) })],
]);
