import { randomUUID } from 'node:crypto';
import { ContractServer, type ContractCall, type Reply, type Route } from '../contract-server.js';
import { MemoryState, type Ids } from './memories.js';
import * as schemas from './schemas.js';

export const PLATFORM_KEY = 'm0-key-of-the-platform';

/** Mem0's platform: what it is given is kept a few looks later. */
export class Mem0PlatformServer {
  readonly state = new MemoryState();
  readonly contract = new ContractServer(this.routes(), gate);
  /** Looks at an event until it is done, and whether it then has failed. */
  work = { looks: 1, fails: false };
  private readonly events = new Map<string, { left: number; body: any }>();

  private routes(): Route[] {
    const query = { user_id: { type: 'string' }, agent_id: { type: 'string' }, run_id: { type: 'string' } };
    const page = { page: { type: 'integer', minimum: 1 }, page_size: { type: 'integer', minimum: 1 } };
    return [
      { method: 'GET', path: '/v1/ping/', handle: () => ok({ status: 'ok', org_id: 'o', project_id: 'p' }) },
      {
        method: 'POST',
        path: '/v3/memories/add/',
        body: schemas.platform.add,
        answer: schemas.platform.added,
        handle: ({ body }) => {
          const id = randomUUID();
          this.events.set(id, { left: this.work.looks, body });
          return ok({ message: 'Memory processing has been queued', status: 'PENDING', event_id: id });
        },
      },
      {
        method: 'GET',
        path: '/v1/event/{id}/',
        answer: schemas.platform.event,
        handle: ({ params }) => this.look(params.id!),
      },
      {
        method: 'POST',
        path: '/v3/memories/search/',
        body: schemas.platform.search,
        answer: schemas.results(schemas.memory),
        handle: ({ body }) => {
          const found = this.state.search(body.query, idsOf(body.filters));
          return ok({
            results: found.filter(({ score }) => score >= (body.threshold ?? 0)).slice(0, body.top_k ?? 10),
          });
        },
      },
      {
        method: 'POST',
        path: '/v3/memories/',
        query: page,
        body: schemas.platform.list,
        answer: schemas.platform.page,
        handle: (call) => this.list(call),
      },
      {
        method: 'GET',
        path: '/v1/memories/{id}/',
        answer: schemas.memory,
        handle: ({ params }) => orMissing(this.state.get(params.id!)),
      },
      {
        method: 'GET',
        path: '/v1/memories/{id}/history/',
        answer: schemas.changes,
        handle: ({ params }) => ok(this.state.history(params.id!)),
      },
      {
        method: 'PUT',
        path: '/v1/memories/{id}/',
        body: schemas.update,
        answer: schemas.memory,
        handle: ({ params, body }) => orMissing(this.state.update(params.id!, body.text, body.metadata)),
      },
      {
        method: 'DELETE',
        path: '/v1/memories/{id}/',
        handle: ({ params }) => (this.state.delete(params.id!) ? { status: 204 } : orMissing(undefined)),
      },
      {
        method: 'DELETE',
        path: '/v1/memories/',
        query,
        answer: schemas.told,
        handle: (call) => {
          this.state.deleteAll(call.query);
          return ok({ message: 'Memories deleted successfully!' });
        },
      },
      {
        method: 'GET',
        path: '/v1/entities/',
        answer: schemas.results(schemas.platform.entity),
        handle: () => {
          const entities = this.state.entities();
          const shown = entities.map(({ type, id, total }) => ({
            id: randomUUID(),
            name: id,
            type,
            total_memories: total,
          }));
          return ok({ count: entities.length, next: null, previous: null, results: shown });
        },
      },
      {
        method: 'DELETE',
        path: '/v2/entities/{type}/{id}/',
        answer: schemas.told,
        handle: ({ params }) => {
          this.state.deleteAll({ [`${params.type}_id`]: params.id });
          return ok({ message: 'Entity deleted successfully!' });
        },
      },
    ];
  }

  private look(id: string): Reply {
    const event = this.events.get(id);
    if (!event) return orMissing(undefined);
    event.left -= 1;
    if (event.left > 0) return ok({ id, status: 'RUNNING', results: [] });
    if (this.work.fails) return ok({ id, status: 'FAILED', results: [] });
    const { messages, metadata = null, ...ids } = event.body;
    const texts = messages.filter(({ role }: any) => role !== 'system').map(({ content }: any) => content);
    const added = this.state.add(texts, ids, metadata);
    const results = added.map(({ id: memory, memory: text }) => ({ id: memory, event: 'ADD', data: { memory: text } }));
    return ok({ id, status: 'SUCCEEDED', results });
  }

  private list({ query, body }: ContractCall): Reply {
    const { page = '1', page_size: size = '100' } = query;
    const all = this.state.of(idsOf(body.filters)).reverse();
    const results = all.slice((Number(page) - 1) * Number(size), Number(page) * Number(size));
    const next = Number(page) * Number(size) < all.length ? `?page=${Number(page) + 1}` : null;
    return ok({ count: all.length, next, previous: null, results });
  }
}

function gate({ headers }: ContractCall): Reply | undefined {
  if (headers.authorization === `Token ${PLATFORM_KEY}`) return undefined;
  return { status: 401, body: { detail: 'Invalid token.' } };
}

/** `OR` is only used here for everybody's. */
function idsOf({ AND = [] }: { AND?: Ids[] }): Ids {
  return Object.assign({}, ...AND) as Ids;
}

function orMissing(body: unknown): Reply {
  return body ? ok(body) : { status: 404, body: { error: 'Memory not found' } };
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}
