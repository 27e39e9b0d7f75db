import { invalidField } from '#libs/kit';
import { idsOf, requireSomeId, type Dialect } from './dialect.js';

/** Mem0's open-source server: https://docs.mem0.ai/open-source/features/rest-api */
export const ossDialect: Dialect = {
  kind: 'mem0-oss',
  needsKey: false,
  paged: false,
  credential: (key) => ({ 'x-api-key': key }),
  add: ({ scope, messages, metadata, infer, expiresAt }) => {
    if (expiresAt)
      throw invalidField('expires', 'nothing, since Mem0’s open-source server lets no memory expire', 'a time');
    return { method: 'POST', path: 'memories', json: { messages, ...idsOf(scope), metadata, infer } };
  },
  event: (id) => ({ path: `events/${id}` }),
  search: ({ scope, query, limit, threshold }) => {
    requireSomeId(scope);
    const json = { query, filters: idsOf(scope), top_k: limit, threshold };
    return { method: 'POST', path: 'search', json, idempotent: true };
  },
  list: (scope) => ({ path: 'memories', query: idsOf(scope) }),
  memory: (id) => `memories/${id}`,
  history: (id) => `memories/${id}/history`,
  forgetAll: (scope) => ({ method: 'DELETE', path: 'memories', query: idsOf(scope) }),
  entities: () => ({ path: 'entities' }),
  entity: (type, id) => `entities/${type}/${encodeURIComponent(id)}`,
  health: () => 'auth/setup-status',
};
