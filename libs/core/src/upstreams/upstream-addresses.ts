import { upstreamToolName } from '../catalog/names.js';
import type { Params } from './connection.js';
import type { Definition, Upstream } from './upstream.js';

/** The address of an upstream's resource among those of all: `upstream+<name>:<its own address>`, templates too. */
const ADDRESS = /^upstream\+([a-z][a-z0-9-]*):(.+)$/s;

export function addressIn({ name }: Pick<Upstream, 'name'>, uri: unknown): string {
  return `upstream+${name}:${String(uri)}`;
}

/** Undefined for an address that is no upstream's. */
export function ownAddress(uri: string): { upstream: string; uri: string } | undefined {
  const [, upstream, own] = ADDRESS.exec(uri) ?? [];
  return upstream === undefined || own === undefined ? undefined : { upstream, uri: own };
}

export function promptIn({ name }: Upstream, prompt: Definition): Params {
  return { ...prompt, name: upstreamToolName(name, prompt.name) };
}

export function resourceIn(upstream: Upstream, { uri, ...resource }: Params): Params {
  return { ...resource, uri: addressIn(upstream, uri) };
}

export function templateIn(upstream: Upstream, { uriTemplate, ...template }: Params): Params {
  return { ...template, uriTemplate: addressIn(upstream, uriTemplate) };
}

/** A tool's result whose links lead to where its client can read them. */
export function linksIn(upstream: Upstream, result: Params): Params {
  const { content } = result;
  if (!Array.isArray(content) || !content.some(isLink)) return result;
  return {
    ...result,
    content: content.map((block) => (isLink(block) ? resourceIn(upstream, block) : block) as Params),
  };
}

function isLink(block: unknown): block is Params {
  const { type, uri } = (block ?? {}) as Params;
  return type === 'resource_link' && typeof uri === 'string';
}
