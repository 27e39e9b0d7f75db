/** @import { JsonSchema } from '../../catalog/catalog-entry.js' */

/** A schema that is not understood here: what it describes is left alone. */
const FIXED = Object.freeze({ const: null });
const FIXING_TEXT = ['enum', 'const', 'pattern', 'format', 'minLength'];
const FIXING_LIST = ['minItems', 'prefixItems', 'contains', 'const', 'enum'];

/**
 * The part of a schema that speaks of a value of this type; FIXED where it can't be told which one does.
 *
 * @param {unknown} schema
 * @param {'string' | 'array' | 'object'} type
 * @returns {JsonSchema}
 */
function ruleFor(schema, type) {
  const rule = /** @type {JsonSchema} */ (typeof schema === 'object' && schema !== null ? schema : {});
  if ('$ref' in rule || 'allOf' in rule || 'if' in rule) return FIXED;
  const choices = rule.anyOf ?? rule.oneOf;
  if (!Array.isArray(choices)) return rule;
  const fitting = choices.filter(
    (/** @type {JsonSchema} */ choice) => choice.type === undefined || choice.type === type,
  );
  return fitting.length === 1 ? ruleFor(fitting[0], type) : FIXED;
}

/** @param {unknown} schema */
export function mayShortenText(schema) {
  const rule = ruleFor(schema, 'string');
  return !FIXING_TEXT.some((keyword) => keyword in rule);
}

/** @param {unknown} schema */
export function mayShortenList(schema) {
  const rule = ruleFor(schema, 'array');
  return !FIXING_LIST.some((keyword) => keyword in rule);
}

/** @param {unknown} schema */
export function itemsOf(schema) {
  const rule = ruleFor(schema, 'array');
  return rule === FIXED ? FIXED : rule.items;
}

/**
 * @param {unknown} schema
 * @param {string} name
 */
export function memberOf(schema, name) {
  const rule = ruleFor(schema, 'object');
  if (rule === FIXED) return FIXED;
  const declared = /** @type {JsonSchema} */ (rule.properties ?? {});
  return Object.hasOwn(declared, name) ? declared[name] : rule.additionalProperties;
}

/**
 * Whether an object may do without a member: a map's entries are no part of its shape.
 *
 * @param {unknown} schema
 * @param {string} name
 */
export function mayDrop(schema, name) {
  const rule = ruleFor(schema, 'object');
  if (rule === FIXED || 'minProperties' in rule) return false;
  const required = /** @type {string[]} */ (rule.required ?? []);
  return !Object.hasOwn(/** @type {object} */ (rule.properties ?? {}), name) && !required.includes(name);
}
