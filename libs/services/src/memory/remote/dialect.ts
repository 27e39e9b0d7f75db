import { invalidField } from '#libs/kit';
import type { EntityType, NewMemories, Scope, SearchRequest } from '../memories.js';
import type { Ask } from './mem0-client.js';

/** In what Mem0's two APIs differ: where things are, and how they are asked for. */
export interface Dialect {
  readonly kind: 'mem0-oss' | 'mem0-platform';
  /** Whether its server must have a key. */
  readonly needsKey: boolean;
  credential(key: string): Record<string, string>;
  add(given: NewMemories): Ask;
  event(id: string): Ask;
  search(request: SearchRequest): Ask;
  /** Pages count from 1; where the server has no pages it answers all that it gives, and `paged` is false. */
  list(scope: Scope, page: number, limit: number): Ask;
  readonly paged: boolean;
  memory(id: string): string;
  history(id: string): string;
  forgetAll(scope: Scope): Ask;
  entities(): Ask;
  entity(type: EntityType, id: string): string;
  health(): string;
}

/** As Mem0 names ids. */
export function idsOf({ agentId, userId, runId }: Scope): Record<string, string> {
  const ids = { agent_id: agentId, user_id: userId, run_id: runId };
  return Object.fromEntries(Object.entries(ids).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export function requireSomeId(scope: Scope): void {
  if (Object.keys(idsOf(scope)).length > 0) return;
  throw invalidField(
    'agentId',
    'one agent, or a userId or runId, since this Mem0 server does not look into all at once',
    '"*"',
  );
}
