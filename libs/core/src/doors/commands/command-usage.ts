import { isSwitch, type Field, type ValueType } from './command-field.js';
import { written, type Command, type CommandPattern } from './command-pattern.js';

const MAX_OPTIONS = 6;

/** How to write a command: `/mcp-postgres <database> list tables [--schema=<text>] [--include-views]`. */
export function usageOf(service: string, command: Command, pattern: CommandPattern = command.patterns[0]): string {
  const placed = new Set(pattern.elements.map((element) => element.kind === 'argument' && element.field));
  const flags = [...command.fields.values()].filter((field) => !placed.has(field));
  const inOrder = [...flags.filter((field) => field.required), ...flags.filter((field) => !field.required)];
  return [`/mcp-${service} ${written(pattern)}`, ...inOrder.map(flagUsage)].join(' ');
}

/** What stands for a value: `<text>`, `<open|closed>`, `<number,...>`. */
export function valueForm(type: ValueType): string {
  return `<${describe(type)}>`;
}

function flagUsage(field: Field): string {
  const usage = isSwitch(field.type)
    ? `--${field.onByDefault ? 'no-' : ''}${field.flag}`
    : `--${field.flag}=${valueForm(field.type)}`;
  return field.required ? usage : `[${usage}]`;
}

function describe({ kinds, options, items }: ValueType): string {
  if (options.length > 0 && options.length <= MAX_OPTIONS) return options.map(String).join('|');
  if (kinds.has('array')) return items ? `${describe(items)},...` : 'text,...';
  if (kinds.has('string')) return 'text';
  if (kinds.has('number')) return 'number';
  if (kinds.has('integer')) return 'integer';
  if (kinds.has('boolean')) return 'true|false';
  return kinds.has('object') ? 'json' : 'value';
}
