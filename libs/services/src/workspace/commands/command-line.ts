import { invalidField } from '#libs/kit';
import { refusedWord } from './grammar.js';
import { knownCommands, type Asked } from './known-commands.js';
import { splitWords } from './split-words.js';

/** Reads what a caller wants to run. Throws `invalid` for what is not open, with what is. */
export function readCommand(command: string, args: readonly string[] | undefined, allowed: readonly string[]): Named {
  const [name = '', ...words] = args === undefined ? splitWords(command) : [command, ...args];
  if (words.some((word) => word.includes('\0'))) throw invalidField('args', 'words without NUL characters', 'one');
  const grammar = allowed.includes(name) ? knownCommands.get(name) : undefined;
  if (!grammar) throw refusedWord(name, `it is no command that is allowed here. Allowed are ${allowed.join(', ')}`);
  return { name, asked: grammar(words) };
}

export interface Named {
  readonly name: string;
  readonly asked: Asked;
}
