import { OperationError } from '#libs/kit';
import type { Params } from '../connection.js';

export const MAX_DOCUMENT_BYTES = 10 * 1024 * 1024;

/** A description of an HTTP API (OpenAPI 3.0 or 3.1). */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: Params;
  readonly servers: readonly Params[];
  readonly paths: Params;
  /** The whole, for what refers into it. */
  readonly root: Params;
}

/** What a text says, as a description. Throws `failed` where it is none of OpenAPI 3. */
export function documentIn(root: unknown): OpenApiDocument {
  if (!isObject(root)) throw unreadable('it is no object');
  const { openapi, info, paths = {}, servers = [] } = root;
  if (typeof openapi !== 'string' || !/^3\.[01]\./.test(openapi)) {
    throw unreadable('it does not say "openapi": "3.0.…" or "3.1.…"; convert older ones first');
  }
  if (!isObject(info) || !isObject(paths)) throw unreadable('it lacks info or paths');
  return { openapi, info, paths, servers: Array.isArray(servers) ? servers.filter(isObject) : [], root };
}

/** What a member means: itself, or what its local `$ref` points at. References elsewhere are not followed. */
export function resolved(document: OpenApiDocument, member: unknown): Params {
  let current = member;
  for (let hops = 0; hops < 10 && isObject(current) && typeof current.$ref === 'string'; hops += 1) {
    current = at(document.root, current.$ref);
  }
  return isObject(current) && !('$ref' in current) ? current : {};
}

/** What a JSON pointer such as `#/components/schemas/Pet` points at. */
export function at(root: Params, reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  return reference
    .slice(2)
    .split('/')
    .map((part) => decoded(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((from, key) => (isObject(from) && Object.hasOwn(from, key) ? from[key] : undefined), root);
}

export function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function unreadable(why: string, cause?: unknown): OperationError {
  return new OperationError('failed', `The OpenAPI document can't be used: ${why}`, {}, { cause });
}
