export interface Schema {
  type?: string | string[];
  enum?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  format?: string;
  minimum?: number;
}

/** A value as a schema wants it: what is given, and for all other members that it requires the plainest that fits. */
export function complete(schema: Schema, given?: unknown): unknown {
  const { enum: words, type, ...chosen } = choose(schema, given);
  const types = [type ?? []].flat();
  if (Array.isArray(given)) return given.map((each) => (chosen.items ? complete(chosen.items, each) : each));
  if (given !== undefined && (typeof given !== 'object' || given === null)) return given;
  if (given === undefined) {
    if (types.includes('null') || words?.includes(null)) return null;
    if (words) return words[0];
    if (types.includes('string')) return textOf(chosen.format);
    if (types.includes('integer') || types.includes('number')) return chosen.minimum ?? 1;
    if (types.includes('boolean')) return false;
    if (types.includes('array')) return [];
  }
  return completeObject(chosen, (given ?? {}) as Record<string, unknown>);
}

function completeObject({ properties = {}, required = [] }: Schema, given: Record<string, unknown>): object {
  const names = new Set([...Object.keys(given), ...required]);
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const member = properties[name];
      const value = member ? complete(member, given[name]) : given[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Of several possible schemas, the first one that the given value can be of. */
function choose(schema: Schema, given: unknown): Schema {
  if (schema.allOf) {
    const parts = schema.allOf.map((part) => choose(part, given));
    return {
      ...Object.assign({}, ...parts),
      properties: Object.assign({}, ...parts.map(({ properties }) => properties)) as Record<string, Schema>,
      required: parts.flatMap(({ required = [] }) => required),
    };
  }
  const options = schema.anyOf ?? schema.oneOf;
  if (!options || (schema.type === 'object' && schema.properties)) return schema;
  const possible = options.map((option) => choose(option, given)).filter((option) => canBe(option, given));
  return possible[0] ?? options[0]!;
}

function canBe(schema: Schema, given: unknown): boolean {
  const types = [schema.type ?? 'object'].flat();
  if (given === undefined) return true;
  if (given === null) return types.includes('null');
  if (Array.isArray(given)) return types.includes('array');
  if (typeof given !== 'object') return types.includes(Number.isInteger(given) ? 'integer' : typeof given);
  return (
    types.includes('object') &&
    Object.entries(given).every(([name, value]) => schema.properties?.[name]?.enum?.includes(value) ?? true)
  );
}

function textOf(format: string | undefined): string {
  if (format === 'date-time') return '2026-01-01T00:00:00Z';
  return format === 'uri' ? 'https://github.example/' : 'text';
}
