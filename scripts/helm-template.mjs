// Of Helm's templates what the chart uses, for scripts/chart.mjs and the tests. Everything else is refused. A number of the
// values is a float64 there, and is written as one; one of a template, or after `int`, is an int: a bigint here.
import { stringify } from 'yaml';

/** Tags with the white space that `-` takes away, and the texts between. */
const TAG = /(?:\s*\{\{-|\{\{) *(.*?) *(?:-\}\}\s*|\}\})/s;
/** Text that has no end becomes one that nothing knows. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[()|"]|[^\s()|"]+/g;
/** As many digits before the point a float64 has at most where Go writes it without an exponent. */
const PLAIN_DIGITS = 6;

/**
 * @typedef {{dot: any, root: any, vars: Record<string, any>, defined: Map<string, Part[]>}} Scope
 * @typedef {(scope: Scope) => string} Part
 */

/**
 * @param {string} template
 * @param {Record<string, any>} values what `.` and `$` are
 * @param {Map<string, Part[]>} [defined] what `include` finds, to which those are added that the template defines
 */
export function render(template, values, defined = new Map()) {
  const pieces = template.split(TAG);
  const block = readBlock(pieces, 0, defined);
  if (block.tag !== undefined) throw new Error(`An {{ ${block.tag} }} ends nothing`);
  return written(block.parts, { dot: values, root: values, vars: {}, defined });
}

/** @param {Part[]} parts @param {Scope} scope */
const written = (parts, scope) => parts.map((part) => part(scope)).join('');

/**
 * What stands before the next `end` or `else` of its own, which is answered too.
 * @param {string[]} pieces texts at even places, tags at odd ones @param {number} from @param {Map<string, Part[]>} defined
 * @returns {{parts: Part[], at: number, tag?: string}}
 */
function readBlock(pieces, from, defined) {
  /** @type {Part[]} */
  const parts = [];
  for (let at = from; ; at += 2) {
    const text = pieces[at] ?? '';
    parts.push(() => text);
    const tag = pieces[at + 1];
    if (tag === undefined || tag === 'end' || tag === 'else') return { parts, at: at + 1, tag };
    if (/^(if|range|define) /.test(tag)) {
      const inside = readBlock(pieces, at + 2, defined);
      const otherwise = inside.tag === 'else' ? readBlock(pieces, inside.at + 1, defined) : { ...inside, parts: [] };
      if (otherwise.tag !== 'end') throw new Error(`{{ ${tag} }} has no end`);
      parts.push(blockOf(tag, inside.parts, otherwise.parts, defined));
      at = otherwise.at - 1;
    } else if (!tag.startsWith('/*')) {
      const value = pipelineOf(tag);
      parts.push((scope) => textOf(value(scope)));
    }
  }
}

/** @param {string} tag @param {Part[]} inside @param {Part[]} otherwise @param {Map<string, Part[]>} defined @returns {Part} */
function blockOf(tag, inside, otherwise, defined) {
  const [, name] = /^define "([^"]+)"$/.exec(tag) ?? [];
  if (name !== undefined) {
    defined.set(name, inside);
    return () => '';
  }
  const [, condition] = /^if (.+)$/s.exec(tag) ?? [];
  if (condition !== undefined) {
    const value = pipelineOf(condition);
    return (scope) => written(isTrue(value(scope)) ? inside : otherwise, scope);
  }
  const [, key, each = '', list] = /^range (?:(\$\w+), )?(\$\w+) := (.+)$/s.exec(tag) ?? [];
  if (list === undefined || otherwise.length > 0) throw new Error(`Not known here: {{ ${tag} }}`);
  const value = pipelineOf(list);
  return (scope) => {
    const items = value(scope);
    const entries = Object.entries(items);
    if (!Array.isArray(items)) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return entries
      .map(([name, dot]) => {
        const vars = { ...scope.vars, ...(key && { [key]: name }), [each]: dot };
        return written(inside, { ...scope, dot, vars });
      })
      .join('');
  };
}

/** @param {string} source @returns {(scope: Scope) => any} */
function pipelineOf(source) {
  const refuse = () => new Error(`Not known here: {{ ${source} }}`);
  const tokens = source.match(TOKEN) ?? [];
  let at = 0;

  const pipeline = () => {
    let value = command();
    while (tokens[at] === '|') {
      at += 1;
      value = command(value);
    }
    return value;
  };

  /** @param {(scope: Scope) => any} [before] what is piped into it, which becomes the last argument */
  const command = (before) => {
    const name = tokens[at] ?? '';
    const run = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (run) at += 1;
    else if (before) throw refuse();
    /** @type {((scope: Scope) => any)[]} */
    const args = [];
    while (at < tokens.length && tokens[at] !== '|' && tokens[at] !== ')') args.push(operand());
    if (before) args.push(before);
    if (run) return (/** @type {Scope} */ scope) => run(scope, ...args.map((arg) => arg(scope)));
    if (args.length !== 1 || !args[0]) throw refuse();
    return args[0];
  };

  /** @returns {(scope: Scope) => any} */
  const operand = () => {
    const token = tokens[at++] ?? '';
    if (token === '(') {
      const value = pipeline();
      if (tokens[at++] !== ')') throw refuse();
      return value;
    }
    if (token.length > 1 && token.startsWith('"')) return () => JSON.parse(token);
    if (/^\d+$/.test(token)) return () => BigInt(token);
    if (/^(\.|\$\w*)[\w.]*$/.test(token)) return (scope) => look(token, scope);
    throw refuse();
  };

  const value = pipeline();
  if (at < tokens.length) throw refuse();
  return value;
}

/** @type {Record<string, (scope: Scope, ...args: any[]) => any>} */
const functions = {
  quote: (_scope, value) => JSON.stringify(textOf(value)),
  trim: (_scope, text) => text.trim(),
  toJson: (_scope, value) => JSON.stringify(value),
  toYaml: (_scope, value) => stringify(value).trimEnd(),
  nindent: (_scope, width, text) =>
    text
      .split('\n')
      .map((/** @type {string} */ line) => `\n${' '.repeat(Number(width))}${line}`)
      .join(''),
  default: (_scope, fallback, value) => (isTrue(value) ? value : fallback),
  not: (_scope, value) => !isTrue(value),
  or: (_scope, ...values) => values.find(isTrue) ?? values.at(-1),
  gt(_scope, a, b) {
    if (typeof a !== typeof b) throw new Error('Go compares no float64 with an int');
    return a > b;
  },
  int: (_scope, value) => BigInt(Math.trunc(Number(value)) || 0),
  kindIs: (_scope, kind, value) => kind === kindOf(value),
  list: (_scope, ...items) => items,
  has: (_scope, item, items) => items.includes(item),
  printf: (_scope, format, ...values) => format.replaceAll('%s', () => textOf(values.shift())),
  fail(_scope, message) {
    throw new Error(message);
  },
  include(scope, name, dot) {
    const parts = scope.defined.get(name);
    if (!parts) throw new Error(`Not known here: a template ${name}`);
    return written(parts, { dot, root: dot, vars: {}, defined: scope.defined });
  },
};

/** @param {any} value */
function kindOf(value) {
  if (Array.isArray(value)) return 'slice';
  const kinds = { number: 'float64', bigint: 'int', boolean: 'bool', string: 'string', object: 'map' };
  return kinds[/** @type {keyof typeof kinds} */ (typeof value)];
}

/** As Go prints it. @param {any} value */
function textOf(value) {
  if (typeof value !== 'number') return String(value);
  const [digits, exponent = '0'] = value.toExponential().split('e');
  if (value === 0 || (Number(exponent) >= -4 && Number(exponent) < PLAIN_DIGITS)) return String(value);
  return `${digits}e${exponent.replace(/^([+-])(\d)$/, '$10$2')}`;
}

/** @param {string} path @param {Scope} scope */
function look(path, scope) {
  const [first = '', ...names] = path.split('.');
  const from = first === '' ? scope.dot : first === '$' ? scope.root : scope.vars[first];
  return names.filter((name) => name !== '').reduce((found, name) => known(found?.[name], path), known(from, path));
}

/** @param {any} value @param {string} path */
function known(value, path) {
  if (value === undefined || value === null) throw new Error(`${path} has no value`);
  return value;
}

/** @param {any} value */
function isTrue(value) {
  return typeof value === 'object' ? Object.keys(value).length > 0 : Boolean(value);
}
