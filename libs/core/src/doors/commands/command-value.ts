import { accepts, isScalar, type Field, type ValueType } from './command-field.js';
import { readJson } from './command-json.js';

const integer = /^[+-]?\d+$/;
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The value of the texts given for a field, by its schema. A text that fits no type stays as it is, so that the check of
 * the whole input says what is wrong with it.
 */
export function valueOf(field: Field, texts: readonly [string, ...string[]]): unknown {
  const [text, ...more] = texts;
  if (takesList(field.type)) return list(field.type, texts);
  // Text or list: the list is what is repeated.
  if (more.length > 0) return texts.map((each) => scalar(each, field.type.items ?? field.type));
  return scalar(text, field.type);
}

/** The value of all words that are left: the elements of a list, or one text. */
export function valueOfRest(field: Field, words: readonly string[]): unknown {
  if (!takesList(field.type)) return scalar(words.join(' '), field.type);
  return words.map((word) => scalar(word, field.type.items));
}

/** Whether a flag may be given more than once. */
export function takesMany(type: ValueType): boolean {
  return type.kinds.has('array');
}

function takesList(type: ValueType): boolean {
  return takesMany(type) && !type.kinds.has('string');
}

function list(type: ValueType, texts: readonly string[]): unknown {
  const elements: unknown[] = [];
  for (const text of texts) {
    const written = bracketed(text);
    if (Array.isArray(written)) elements.push(...(written as unknown[]));
    else if (written !== undefined && type.items && accepts(type.items, 'object')) elements.push(written);
    else if (type.items && !isScalar(type.items)) return texts.length === 1 ? text : [...texts];
    else if (text !== '') elements.push(...text.split(',').map((part) => scalar(part.trim(), type.items)));
  }
  return elements;
}

function scalar(text: string, type: ValueType | undefined): unknown {
  if (!type) return text;
  if (text.startsWith('{') && accepts(type, 'object')) return bracketed(text) ?? text;
  if (text.startsWith('[') && accepts(type, 'array')) return bracketed(text) ?? text;
  if (accepts(type, 'string')) {
    return type.options.includes(text) ? text : (type.options.find((option) => String(option) === text) ?? text);
  }
  if (accepts(type, 'integer') && integer.test(text)) return whole(text);
  if (accepts(type, 'number') && decimal.test(text)) return finite(text);
  if (accepts(type, 'boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return accepts(type, 'null') && text === 'null' ? null : text;
}

/** A JSON object or array, and nothing else. */
function bracketed(text: string): unknown {
  if (!text.startsWith('{') && !text.startsWith('[')) return undefined;
  const reading = readJson(text);
  return 'value' in reading ? reading.value : undefined;
}

function finite(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/** A number that lost digits would be another number. */
function whole(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}
