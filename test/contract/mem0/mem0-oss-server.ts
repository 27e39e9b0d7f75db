import { ContractServer, type ContractCall, type Reply, type Route } from '../contract-server.js';
import { MemoryState, type Ids } from './memories.js';
import * as schemas from './schemas.js';

export const OSS_KEY = 'm0sk-key-of-the-open-source-server';

/** Mem0's open-source server; it keeps what it is told, as it does with `infer: false`. */
export class Mem0OssServer {
  readonly state = new MemoryState();
  readonly contract = new ContractServer(this.routes(), gate);

  private routes(): Route[] {
    const query = { user_id: { type: 'string' }, agent_id: { type: 'string' }, run_id: { type: 'string' } };
    return [
      { method: 'GET', path: '/auth/setup-status', handle: () => ok({ needs_setup: false }) },
      {
        method: 'POST',
        path: '/memories',
        body: schemas.oss.add,
        answer: schemas.results(schemas.event),
        handle: ({ body }) => {
          if (!someId(body)) return { status: 400, body: { detail: 'At least one identifier is required.' } };
          const texts = body.messages.filter(({ role }: any) => role !== 'system').map(({ content }: any) => content);
          const added = this.state.add(texts, body, body.metadata ?? null);
          return ok({ results: added.map(({ id, memory }) => ({ id, memory, event: 'ADD' })) });
        },
      },
      {
        method: 'GET',
        path: '/memories',
        query,
        answer: schemas.results(schemas.memory),
        handle: (call) => ok({ results: this.state.of(call.query) }),
      },
      {
        method: 'POST',
        path: '/search',
        body: schemas.oss.search,
        answer: schemas.results(schemas.memory),
        handle: ({ body }) => {
          if (!someId(body.filters ?? {})) return { status: 502, body: { detail: 'Upstream error' } };
          const found = this.state.search(body.query, body.filters);
          return ok({
            results: found.filter(({ score }) => score >= (body.threshold ?? 0)).slice(0, body.top_k ?? 100),
          });
        },
      },
      {
        method: 'GET',
        path: '/memories/{id}',
        answer: { anyOf: [schemas.memory, { type: 'null' }] },
        handle: ({ params }) => ok(this.state.get(params.id!) ?? null),
      },
      {
        method: 'GET',
        path: '/memories/{id}/history',
        answer: schemas.changes,
        handle: ({ params }) => ok(this.state.history(params.id!)),
      },
      {
        method: 'PUT',
        path: '/memories/{id}',
        body: schemas.update,
        answer: schemas.told,
        handle: ({ params, body }) =>
          this.state.update(params.id!, body.text, body.metadata)
            ? ok({ message: 'Memory updated successfully!' })
            : { status: 502, body: { detail: 'Upstream error' } },
      },
      {
        method: 'DELETE',
        path: '/memories/{id}',
        answer: schemas.told,
        handle: ({ params }) =>
          this.state.delete(params.id!)
            ? ok({ message: 'Memory deleted successfully' })
            : { status: 502, body: { detail: 'Upstream error' } },
      },
      {
        method: 'DELETE',
        path: '/memories',
        query,
        answer: schemas.told,
        handle: (call) => {
          if (!someId(call.query)) return { status: 400, body: { detail: 'At least one identifier is required.' } };
          this.state.deleteAll(call.query);
          return ok({ message: 'All relevant memories deleted' });
        },
      },
      {
        method: 'GET',
        path: '/entities',
        answer: { type: 'array', items: schemas.oss.entity },
        handle: () => ok(this.state.entities().map(({ type, id, total }) => ({ type, id, total_memories: total }))),
      },
      {
        method: 'DELETE',
        path: '/entities/{type}/{id}',
        answer: schemas.told,
        handle: ({ params }) => {
          this.state.deleteAll({ [`${params.type}_id`]: params.id });
          return ok({ message: 'Entity deleted' });
        },
      },
    ];
  }
}

function gate({ path, headers }: ContractCall): Reply | undefined {
  if (path === '/auth/setup-status' || headers['x-api-key'] === OSS_KEY) return undefined;
  return { status: 401, body: { detail: 'Invalid API key.' } };
}

function someId(ids: Ids): boolean {
  return [ids.user_id, ids.agent_id, ids.run_id].some((id) => typeof id === 'string');
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}
