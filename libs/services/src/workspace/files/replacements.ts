import { setImmediate } from 'node:timers/promises';
import { invalidField, type InputOf } from '#libs/kit';
import type { editFile } from '../operations/writing.js';
import { occurrences } from './occurrences.js';

type Edit = InputOf<typeof editFile>['edits'][number];

/** Characters that a file may have after an edit. */
const MAX_LENGTH = 4 * 1024 * 1024;
/** Of one edit. */
const MAX_REPLACED = 10_000;

/** Makes all edits, each in what the one before left. Rejects with `invalid` that names the first that can't be made. */
export async function replaceAll(text: string, edits: readonly Edit[]): Promise<{ text: string; replaced: number }> {
  let replaced = 0;
  for (const [index, edit] of edits.entries()) {
    const places = occurrences(text, edit.oldText, MAX_REPLACED + 1);
    requireCount(places.length, edit, `edits.${index}.oldText`, text);
    const length = text.length + places.length * (edit.newText.length - edit.oldText.length);
    if (length > MAX_LENGTH) {
      throw invalidField(`edits.${index}`, `a file of at most ${MAX_LENGTH} characters afterwards`, `${length}`);
    }
    text = replaceAt(text, places, edit);
    replaced += places.length;
    // a hundred edits of a large file are work for a second: others get their turn between them
    await setImmediate();
  }
  return { text, replaced };
}

function replaceAt(text: string, places: readonly number[], { oldText, newText }: Edit): string {
  const pieces: string[] = [];
  let end = 0;
  for (const place of places) {
    pieces.push(text.slice(end, place), newText);
    end = place + oldText.length;
  }
  return [...pieces, text.slice(end)].join('');
}

function requireCount(count: number, { oldText, all }: Edit, field: string, text: string): void {
  if (count === 0) {
    const lineEnds = text.includes('\r\n') && !oldText.includes('\r\n') && oldText.includes('\n');
    const hint = lineEnds ? 'its lines end in \\r\\n' : 'read it again, white space counts';
    throw invalidField(field, `text that is in the file (${hint})`, 'text that is not');
  }
  if (count > MAX_REPLACED) throw invalidField(field, `text that occurs ${MAX_REPLACED} times at most`, 'more');
  if (count > 1 && !all) {
    throw invalidField(
      field,
      'text that occurs once (add lines around it, or set all)',
      `text that occurs ${count} times`,
    );
  }
}
