import type { Scope } from '../memories.js';
import { idsOf, type Dialect } from './dialect.js';

/** Mem0's platform: https://docs.mem0.ai/api-reference */
export const platformDialect: Dialect = {
  kind: 'mem0-platform',
  needsKey: true,
  paged: true,
  credential: (key) => ({ authorization: `Token ${key}` }),
  add: ({ scope, messages, metadata, infer, expiresAt }) => {
    const expiration = expiresAt && { expiration_date: expiresAt.toISOString().slice(0, 10) };
    return {
      method: 'POST',
      path: 'v3/memories/add/',
      json: { messages, ...idsOf(scope), metadata, infer, ...expiration },
    };
  },
  event: (id) => ({ path: `v1/event/${encodeURIComponent(id)}/` }),
  search: ({ scope, query, limit, threshold }) => {
    const json = { query, filters: filtersOf(scope), top_k: limit, threshold };
    return { method: 'POST', path: 'v3/memories/search/', json, idempotent: true };
  },
  list: (scope, page, limit) => {
    const query = { page, page_size: limit };
    return { method: 'POST', path: 'v3/memories/', query, json: { filters: filtersOf(scope) }, idempotent: true };
  },
  memory: (id) => `v1/memories/${id}/`,
  history: (id) => `v1/memories/${id}/history/`,
  forgetAll: (scope) => ({ method: 'DELETE', path: 'v1/memories/', query: idsOf(scope) }),
  entities: () => ({ path: 'v1/entities/' }),
  entity: (type, id) => `v2/entities/${type}/${encodeURIComponent(id)}/`,
  health: () => 'v1/ping/',
};

/** It answers nothing without filters; of everybody's memories, each has one of these ids. */
function filtersOf(scope: Scope): object {
  const given = Object.entries(idsOf(scope)).map(([name, id]) => ({ [name]: id }));
  return given.length > 0 ? { AND: given } : { OR: [{ user_id: '*' }, { agent_id: '*' }, { run_id: '*' }] };
}
