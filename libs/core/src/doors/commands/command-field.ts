type JsonSchema = Readonly<Record<string, unknown>>;

/** What a JSON Schema lets a value be. No kinds: anything. */
export interface ValueType {
  readonly kinds: ReadonlySet<string>;
  /** Of `enum` and `const`. */
  readonly options: readonly unknown[];
  readonly items?: ValueType;
}

/** A member of an operation's input, as the command line sees it. */
export interface Field {
  readonly name: string;
  /** The name in kebab-case. */
  readonly flag: string;
  readonly type: ValueType;
  readonly required: boolean;
  readonly onByDefault: boolean;
}

const anything: ValueType = { kinds: new Set(), options: [] };
/** Deep enough for any input that people write; ends the walk through schemas that contain themselves. */
const MAX_DEPTH = 8;
/** Schemas that are looked at for one operation: those that contain themselves many times over multiply at each depth. */
const MAX_SCHEMAS = 2_000;

/** The members of an object schema by their kebab-case name, in the schema's order. */
export function fieldsOf(schema: JsonSchema): ReadonlyMap<string, Field> {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const fields = new Map<string, Field>();
  const walk: Walk = { root: schema, left: MAX_SCHEMAS };
  for (const [name, member] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
    fields.set(toFlag(name), {
      name,
      flag: toFlag(name),
      type: typeOf(member, walk),
      required: required.has(name),
      onByDefault: isObject(member) && member.default === true,
    });
  }
  return fields;
}

/** `includeViews`, `include_views` and `include-views` are one name. */
export function toFlag(name: string): string {
  return name
    .replaceAll('_', '-')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}

export function accepts(type: ValueType, kind: string): boolean {
  return type.kinds.size === 0 || type.kinds.has(kind) || (kind === 'integer' && type.kinds.has('number'));
}

/** Whether a value can stand alone between commas. */
export function isScalar(type: ValueType): boolean {
  return type.kinds.size === 0 || ['string', 'number', 'integer', 'boolean'].some((kind) => type.kinds.has(kind));
}

/** Whether a value can be nothing but true, false or null. */
export function isSwitch(type: ValueType): boolean {
  return type.kinds.has('boolean') && [...type.kinds].every((kind) => kind === 'boolean' || kind === 'null');
}

interface Walk {
  readonly root: JsonSchema;
  left: number;
}

function typeOf(schema: unknown, walk: Walk, depth = 0): ValueType {
  walk.left -= 1;
  if (!isObject(schema) || depth > MAX_DEPTH || walk.left < 0) return anything;
  if (typeof schema.$ref === 'string') return typeOf(target(schema.$ref, walk.root), walk, depth + 1);
  const options = 'const' in schema ? [schema.const] : Array.isArray(schema.enum) ? (schema.enum as unknown[]) : [];
  if (schema.type !== undefined || options.length > 0) {
    const kinds = new Set([schema.type ?? options.map(kindOf)].flat() as string[]);
    return { kinds, options, ...('items' in schema && { items: typeOf(schema.items, walk, depth + 1) }) };
  }
  const alternatives = [schema.anyOf, schema.oneOf, schema.allOf].filter(Array.isArray).flat() as unknown[];
  return alternatives.length === 0
    ? anything
    : anyOf(alternatives.map((alternative) => typeOf(alternative, walk, depth + 1)));
}

function anyOf(types: readonly ValueType[]): ValueType {
  if (types.some((type) => type.kinds.size === 0)) return anything;
  const items = types.flatMap((type) => type.items ?? []);
  return {
    kinds: new Set(types.flatMap((type) => [...type.kinds])),
    options: types.flatMap((type) => type.options),
    ...(items.length > 0 && { items: anyOf(items) }),
  };
}

/** What a local reference such as `#/$defs/Id` points at. */
function target(reference: string, root: JsonSchema): unknown {
  const path = reference.split('/').slice(1);
  return path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), root);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
