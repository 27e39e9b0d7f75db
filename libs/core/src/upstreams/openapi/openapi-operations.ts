import type { Params } from '../connection.js';
import type { Definition } from '../upstream.js';
import { isObject, resolved, type OpenApiDocument } from './openapi-document.js';
import { SchemaReader } from './openapi-schema.js';

const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const;
type Method = (typeof methods)[number];

/** Headers that describe the message itself, or a credential: OpenAPI ignores them, and callers must not set them. */
const ignoredHeaders = new Set(['accept', 'content-type', 'authorization', 'cookie', 'host', 'content-length']);
const styles = {
  path: ['simple'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
};

export type Place = keyof typeof styles;

export interface OpenApiParameter {
  /** As the API knows it. */
  readonly name: string;
  /** As the tool's arguments name it: the same, but where two places share a name. */
  readonly argument: string;
  readonly place: Place;
  readonly required: boolean;
  readonly style: string;
  readonly explode: boolean;
}

/** One operation of the API, as a tool. */
export interface OpenApiTool {
  readonly definition: Definition;
  readonly method: string;
  /** A template: `/pets/{petId}`. */
  readonly path: string;
  readonly parameters: readonly OpenApiParameter[];
  /** Media type of the body, which is the argument `body`; undefined where there is none. */
  readonly bodyType: string | undefined;
  readonly bodyRequired: boolean;
}

/** Every operation that can be a tool, by the tool's name, and why others can't. */
export function toolsOf(document: OpenApiDocument): { tools: Map<string, OpenApiTool>; leftOut: string[] } {
  const tools = new Map<string, OpenApiTool>();
  const leftOut: string[] = [];
  for (const [path, given] of Object.entries(document.paths)) {
    const item = resolved(document, given);
    for (const method of methods) {
      if (!isObject(item[method])) continue;
      const tool = toolOf(document, path, method, item[method], item.parameters);
      if (typeof tool === 'string') leftOut.push(`${method.toUpperCase()} ${path}: ${tool}`);
      else if (tools.has(tool.definition.name)) leftOut.push(`${method.toUpperCase()} ${path}: its name is taken`);
      else tools.set(tool.definition.name, tool);
    }
  }
  return { tools, leftOut };
}

/** Answers why it can be none. */
function toolOf(
  document: OpenApiDocument,
  path: string,
  method: Method,
  operation: Params,
  shared: unknown,
): OpenApiTool | string {
  const schemas = new SchemaReader(document);
  const properties: Params = {};
  const required: string[] = [];
  const parameters: OpenApiParameter[] = [];
  for (const declared of declaredParameters(document, shared, operation.parameters)) {
    const parameter = parameterOf(declared, new Set(Object.keys(properties)));
    if (typeof parameter === 'string') {
      if (declared.required === true) return parameter;
      continue;
    }
    parameters.push(parameter);
    const schema = schemas.read(declared.schema ?? { type: 'string' });
    properties[parameter.argument] = described(schema, declared.description);
    if (parameter.required) required.push(parameter.argument);
  }
  const slots = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name);
  const unfilled = slots.find((slot) => !parameters.some(({ place, name }) => place === 'path' && name === slot));
  if (unfilled !== undefined) return `nothing says what {${unfilled}} is`;

  const body = resolved(document, operation.requestBody);
  const content = isObject(body.content) ? body.content : {};
  const bodyType = bodyTypeOf(Object.keys(content));
  if (Object.keys(content).length > 0 && bodyType === undefined) return 'its body is neither JSON nor a form';
  if (bodyType !== undefined) {
    properties.body = described(schemas.read(resolved(document, content[bodyType]).schema), body.description);
    if (body.required === true) required.push('body');
  }
  const { $defs } = schemas;
  return {
    definition: {
      name: nameOf(operation.operationId, method, path),
      ...(typeof operation.summary === 'string' && { title: operation.summary }),
      description: descriptionOf(operation, method, path),
      inputSchema: {
        type: 'object',
        properties,
        ...(required.length > 0 && { required }),
        additionalProperties: false,
        ...($defs && { $defs }),
      },
      annotations: hintsOf(method),
    },
    method: method.toUpperCase(),
    path,
    parameters,
    bodyType,
    bodyRequired: body.required === true,
  };
}

/** An operation's own come in place of those that its path declares for all. */
function declaredParameters(document: OpenApiDocument, ...lists: unknown[]): Params[] {
  const all = lists.flatMap((list) => (Array.isArray(list) ? list.map((each) => resolved(document, each)) : []));
  return [...new Map(all.map((each) => [`${String(each.in)} ${String(each.name)}`, each])).values()];
}

/** Answers why its place can't be filled. */
function parameterOf(declared: Params, taken: ReadonlySet<string>): OpenApiParameter | string {
  const { name, in: place, required, style, explode } = declared;
  if (typeof name !== 'string' || name === '') return 'a parameter has no name';
  if (place !== 'path' && place !== 'query' && place !== 'header') return `${name} stands in a ${String(place)}`;
  if (place === 'header' && ignoredHeaders.has(name.toLowerCase())) return `${name} is not for callers to set`;
  const [usual = 'simple', ...others] = styles[place];
  const written = typeof style === 'string' ? style : usual;
  if (written !== usual && !others.includes(written)) return `${name} is written in the style ${written}`;
  return {
    name,
    argument: taken.has(name) || name === 'body' ? `${name}_in_${place}` : name,
    place,
    required: required === true || place === 'path',
    style: written,
    explode: typeof explode === 'boolean' ? explode : written === 'form',
  };
}

function bodyTypeOf(types: readonly string[]): string | undefined {
  const json = types.find((type) => /^application\/(?:[\w.+-]+\+)?json\b/i.test(type));
  return json ?? types.find((type) => /^application\/x-www-form-urlencoded\b/i.test(type));
}

function described(schema: Params, description: unknown): Params {
  return typeof description === 'string' && schema.description === undefined ? { ...schema, description } : schema;
}

/** Names of MCP's tools: letters, digits, `_`, `-` and `.`. */
function nameOf(operationId: unknown, method: Method, path: string): string {
  const given = typeof operationId === 'string' && operationId !== '' ? operationId : `${method}${path}`;
  return given
    .slice(0, 1_000)
    .replace(/[^A-Za-z0-9_.-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 128);
}

function descriptionOf({ description, summary, deprecated }: Params, method: Method, path: string): string {
  const told = [summary, description].find((text) => typeof text === 'string' && text !== '');
  const old = deprecated === true ? 'Deprecated. ' : '';
  return `${old}${typeof told === 'string' ? told : `${method.toUpperCase()} ${path}`}`.slice(0, 4_000);
}

function hintsOf(method: Method) {
  const readOnlyHint = method === 'get' || method === 'head' || method === 'options';
  return {
    readOnlyHint,
    ...(!readOnlyHint && {
      destructiveHint: method !== 'post',
      idempotentHint: method === 'put' || method === 'delete',
    }),
    openWorldHint: true,
  };
}
