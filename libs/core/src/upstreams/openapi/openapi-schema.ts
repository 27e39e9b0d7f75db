import type { Params } from '../connection.js';
import { at, isObject, type OpenApiDocument } from './openapi-document.js';

/** Where OpenAPI keeps what schemas share, and where JSON Schema does. */
const DEFINITIONS = '#/$defs/';
/** Schemas that one operation may bring along; more says too much to an agent. */
const MAX_DEFINITIONS = 100;
/** Words of OpenAPI that JSON Schema does not know. */
const foreign = new Set(['nullable', 'discriminator', 'xml', 'externalDocs', 'example', 'readOnly', 'writeOnly']);

/** Turns the schemas of one operation into JSON Schema 2020-12, with all that they refer to beside them. */
export class SchemaReader {
  private readonly names = new Map<string, string>();
  private readonly definitions: Params = {};

  constructor(private readonly document: OpenApiDocument) {}

  read(schema: unknown): Params {
    const read = this.convert(schema);
    return isObject(read) ? read : {};
  }

  /** What the schemas that were read refer to; undefined where that is nothing. */
  get $defs(): Params | undefined {
    return this.names.size > 0 ? this.definitions : undefined;
  }

  private convert(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.convert(each));
    if (!isObject(value)) return value;
    if (typeof value.$ref === 'string') return this.reference(value.$ref, value);
    const converted: Params = {};
    for (const [key, member] of Object.entries(withNumericBounds(value))) {
      if (foreign.has(key) || key.startsWith('x-')) continue;
      converted[key] = isData(key) ? member : this.convert(member);
    }
    return value.nullable === true ? orNull(converted) : converted;
  }

  private reference(reference: string, { description }: Params): Params {
    const target = at(this.document.root, reference);
    if (target === undefined || this.names.size >= MAX_DEFINITIONS) return {};
    let name = this.names.get(reference);
    if (name === undefined) {
      name = this.free(reference.split('/').at(-1) ?? 'schema');
      this.names.set(reference, name);
      this.definitions[name] = this.convert(target);
    }
    return { $ref: `${DEFINITIONS}${name}`, ...(typeof description === 'string' && { description }) };
  }

  private free(wanted: string): string {
    const plain = wanted.replace(/[^\w.-]/g, '_');
    const taken = new Set(this.names.values());
    let name = plain;
    for (let number = 2; taken.has(name); number += 1) name = `${plain}_${number}`;
    return name;
  }
}

function isData(key: string): boolean {
  return key === 'default' || key === 'enum' || key === 'const' || key === 'examples';
}

/** 3.0 says with true or false whether a bound is exclusive; JSON Schema has a bound of its own for that. */
function withNumericBounds(schema: Params): Params {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      if (typeof value === 'boolean' && (key === 'exclusiveMinimum' || key === 'exclusiveMaximum')) return [];
      if (key === 'minimum' && schema.exclusiveMinimum === true) return [['exclusiveMinimum', value]];
      if (key === 'maximum' && schema.exclusiveMaximum === true) return [['exclusiveMaximum', value]];
      return [[key, value]];
    }),
  );
}

function orNull(schema: Params): Params {
  const { type } = schema;
  if (typeof type === 'string') return { ...schema, type: [type, 'null'], ...(hasEnum(schema) && withNull(schema)) };
  return { anyOf: [schema, { type: 'null' }] };
}

function hasEnum(schema: Params): boolean {
  return Array.isArray(schema.enum);
}

function withNull({ enum: values }: Params): Params {
  return { enum: [...(values as unknown[]), null] };
}
