import { invalidField } from '#libs/kit';

/** What a shell would do something with, outside of quotes. */
const operators = new Set(['|', '&', ';', '<', '>', '(', ')', '`', '\n', '\r']);
/** What a backslash takes its meaning from within double quotes. */
const escapable = new Set(['$', '`', '"', '\\']);
/** What follows the sign of something that a shell puts in its place. */
const expansion = /^[\w{(@*#?$!-]/;

/**
 * Splits a command line into words by a shell's rules for quotes and backslashes. What a shell would do besides is refused
 * and never done: operators, variables, substitutions, comments, a home directory. Patterns (`*`, `?`) stay as they are.
 *
 * @throws OperationError `invalid` that says what to write instead
 */
export function splitWords(line: string): string[] {
  return new Splitter(line).words();
}

class Splitter {
  private at = 0;

  constructor(private readonly line: string) {}

  words(): string[] {
    if (this.line.includes('\0')) throw refused('no NUL characters', 'one');
    const words: string[] = [];
    for (;;) {
      while (this.next === ' ' || this.next === '\t') this.at += 1;
      if (this.next === '') return words;
      if (this.next === '#') throw refused('no comments; quote a word that begins with #', '#');
      if (this.next === '~') throw refused('no home directory; quote a word that begins with ~', '~');
      words.push(this.word());
    }
  }

  private get next(): string {
    return this.line.charAt(this.at);
  }

  private word(): string {
    let word = '';
    while (this.next !== '' && this.next !== ' ' && this.next !== '\t') {
      if (this.next === "'") word += this.singleQuoted();
      else if (this.next === '"') word += this.doubleQuoted();
      else if (this.next === '\\') word += this.escaped();
      else word += this.plain();
    }
    return word;
  }

  private plain(): string {
    const character = this.next;
    if (operators.has(character)) {
      throw refused(
        `one command without shell operators; quote ${shown(character)} where it is text`,
        shown(character),
      );
    }
    this.refuseExpansion(/^['"]/);
    this.at += 1;
    return character;
  }

  private escaped(): string {
    const character = this.line.charAt(this.at + 1);
    if (character === '' || character === '\n') throw refused('a character after the backslash', 'the end of the line');
    this.at += 2;
    return character;
  }

  private singleQuoted(): string {
    const end = this.line.indexOf("'", this.at + 1);
    if (end === -1) throw refused("a closing '", 'the end');
    const text = this.line.slice(this.at + 1, end);
    this.at = end + 1;
    return text;
  }

  private doubleQuoted(): string {
    let text = '';
    this.at += 1;
    while (this.next !== '"') {
      if (this.next === '') throw refused('a closing "', 'the end');
      if (this.next === '`') throw refused('no substitutions; use single quotes around `', '`');
      this.refuseExpansion();
      const following = this.line.charAt(this.at + 1);
      if (this.next === '\\' && following === '\n') throw refused('no backslash at the end of a line', 'one');
      if (this.next === '\\' && escapable.has(following)) this.at += 1;
      text += this.next;
      this.at += 1;
    }
    this.at += 1;
    return text;
  }

  /** A dollar sign alone, as at the end of a pattern, is one for a shell too. */
  private refuseExpansion(also?: RegExp): void {
    if (this.next !== '$') return;
    const rest = this.line.slice(this.at + 1);
    if (expansion.test(rest) || also?.test(rest)) {
      throw refused('no variables or substitutions; use single quotes around $', `$${rest.slice(0, 10)}`);
    }
  }
}

function shown(character: string): string {
  return character === '\n' || character === '\r' ? 'a line end' : character;
}

function refused(expected: string, got: string) {
  return invalidField('command', expected, got);
}
