import { invalidField, type OperationError } from '#libs/kit';
import type { Params } from '../connection.js';
import { isObject } from './openapi-document.js';
import type { OpenApiParameter, OpenApiTool } from './openapi-operations.js';

export interface ApiRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What no header may hold: it would begin another one. */
const NOT_IN_HEADERS = /[^\t\x20-\x7e\x80-\xff]/;
/** Half of a pair of surrogates is no character, and can't be encoded. */
const HALVES = /\p{Surrogate}/u;
const DOTS = /^(?:\.|%2e){1,2}$/i;

/**
 * The request that a call of a tool means. Every value stays in its own slot: a path parameter can't become another
 * segment, a query parameter no other parameter, a header no other header. Throws `invalid` naming the argument.
 */
export function requestFor(tool: OpenApiTool, given: Params, baseUrl: string): ApiRequest {
  const known = new Set([...tool.parameters.map(({ argument }) => argument), ...(tool.bodyType ? ['body'] : [])]);
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown !== undefined) throw invalidField(unknown, 'no such argument', 'one');
  const url = new URL(baseUrl);
  const headers: Record<string, string> = { accept: 'application/json, */*;q=0.5' };
  const query: [string, string][] = [];
  let path = tool.path;
  for (const parameter of tool.parameters) {
    const value = given[parameter.argument];
    if (value === undefined || value === null) {
      if (parameter.required) throw invalidField(parameter.argument, 'a value', 'nothing');
      continue;
    }
    switch (parameter.place) {
      case 'path':
        path = path.replaceAll(`{${parameter.name}}`, () => segment(parameter, value));
        break;
      case 'query':
        query.push(...queryPairs(parameter, value));
        break;
      case 'header':
        headers[parameter.name.toLowerCase()] = headerText(parameter, value);
    }
  }
  requirePlainPath(path, tool);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
  for (const [name, text] of query) url.searchParams.append(name, text);
  const body = bodyOf(tool, given.body, headers);
  return { url: url.href, method: tool.method, headers, body };
}

/** A segment of only dots would lead up the path, however it is written. */
function requirePlainPath(path: string, tool: OpenApiTool): void {
  if (!path.split('/').some((part) => DOTS.test(part))) return;
  const [first] = tool.parameters.filter(({ place }) => place === 'path');
  throw invalidField(first?.argument ?? 'path', 'a value that is more than dots', 'dots alone');
}

function segment(parameter: OpenApiParameter, value: unknown): string {
  const text = simple(parameter, value, encodeURIComponent);
  if (text === '') throw invalidField(parameter.argument, 'a text that is not empty', 'an empty one');
  return text;
}

function headerText(parameter: OpenApiParameter, value: unknown): string {
  const text = simple(parameter, value, (part) => part);
  if (NOT_IN_HEADERS.test(text)) throw invalidField(parameter.argument, 'a text that a header can hold', 'another');
  return text;
}

function simple(parameter: OpenApiParameter, value: unknown, encode: (part: string) => string): string {
  if (Array.isArray(value)) return value.map((each) => encode(scalar(parameter, each))).join(',');
  if (!isObject(value)) return encode(scalar(parameter, value));
  const joint = parameter.explode ? '=' : ',';
  return Object.entries(value)
    .map(([key, member]) => `${encode(key)}${joint}${encode(scalar(parameter, member))}`)
    .join(',');
}

function queryPairs(parameter: OpenApiParameter, value: unknown): [string, string][] {
  const { name, style, explode } = parameter;
  if (Array.isArray(value)) {
    const parts = value.map((each) => scalar(parameter, each));
    if (explode) return parts.map((part) => [name, part]);
    const joint = style === 'spaceDelimited' ? ' ' : style === 'pipeDelimited' ? '|' : ',';
    return [[name, parts.join(joint)]];
  }
  if (!isObject(value)) return [[name, scalar(parameter, value)]];
  const members = Object.entries(value).map(([key, member]) => [key, scalar(parameter, member)] as [string, string]);
  if (style === 'deepObject') return members.map(([key, text]) => [`${name}[${key}]`, text]);
  return explode ? members : [[name, members.flat().join(',')]];
}

function scalar({ argument }: OpenApiParameter, value: unknown): string {
  if (typeof value === 'string' && HALVES.test(value)) throw invalidField(argument, 'whole characters', 'half of one');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalidField(argument, 'a text, a number, true or false, or a list or an object of those', typeof value);
}

function bodyOf(tool: OpenApiTool, body: unknown, headers: Record<string, string>): string | undefined {
  const { bodyType, bodyRequired } = tool;
  if (bodyType === undefined) return undefined;
  if (body === undefined) {
    if (bodyRequired) throw invalidField('body', 'a value', 'nothing');
    return undefined;
  }
  headers['content-type'] = bodyType;
  return bodyType.includes('json') ? JSON.stringify(body) : form(body);
}

function form(body: unknown): string {
  if (!isObject(body)) throw notAForm();
  const pairs = Object.entries(body).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => {
      if (typeof each === 'object') throw notAForm();
      return [name, String(each)] as [string, string];
    }),
  );
  return new URLSearchParams(pairs).toString();
}

function notAForm(): OperationError {
  return invalidField('body', 'an object of texts, numbers and lists of those', 'something else');
}
