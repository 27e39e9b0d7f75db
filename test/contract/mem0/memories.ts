import { randomUUID } from 'node:crypto';

export interface Ids {
  user_id?: string | null;
  agent_id?: string | null;
  run_id?: string | null;
}

export interface Memory extends Ids {
  id: string;
  memory: string;
  metadata: Record<string, unknown> | null;
  created_at: string;
  updated_at: string;
}

interface Change {
  id: string;
  memory_id: string;
  old_memory: string | null;
  new_memory: string | null;
  event: string;
  created_at: string;
  updated_at: string;
}

/** What both of Mem0's servers have in common: memories, found by any of their words. */
export class MemoryState {
  private readonly memories = new Map<string, Memory>();
  private changes: Change[] = [];
  private ticks = 0;

  add(texts: readonly string[], ids: Ids, metadata: Record<string, unknown> | null): Memory[] {
    return texts.map((memory) => {
      const at = this.tick();
      const { user_id = null, agent_id = null, run_id = null } = ids;
      const added = { id: randomUUID(), memory, user_id, agent_id, run_id, metadata, created_at: at, updated_at: at };
      this.memories.set(added.id, added);
      this.note(added.id, 'ADD', null, memory);
      return added;
    });
  }

  get(id: string): Memory | undefined {
    return this.memories.get(id);
  }

  of(ids: Ids): Memory[] {
    const wanted = Object.entries(ids).filter(([, id]) => typeof id === 'string' && id !== '*');
    return [...this.memories.values()].filter((memory) =>
      wanted.every(([name, id]) => memory[name as keyof Ids] === id),
    );
  }

  search(query: string, ids: Ids): (Memory & { score: number })[] {
    const words = query.toLowerCase().split(/\W+/);
    return this.of(ids)
      .map((memory) => {
        const found = words.filter((word) => memory.memory.toLowerCase().includes(word)).length;
        return { ...memory, score: found / words.length };
      })
      .filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score);
  }

  update(id: string, text: string, metadata: Record<string, unknown> | null | undefined): Memory | undefined {
    const found = this.memories.get(id);
    if (!found) return undefined;
    this.note(id, 'UPDATE', found.memory, text);
    return Object.assign(found, { memory: text, updated_at: this.tick(), ...(metadata !== undefined && { metadata }) });
  }

  delete(id: string): boolean {
    const found = this.memories.get(id);
    if (found) this.note(id, 'DELETE', found.memory, null);
    return this.memories.delete(id);
  }

  deleteAll(ids: Ids): void {
    for (const { id } of this.of(ids)) this.delete(id);
  }

  history(id: string): Change[] {
    return this.changes.filter(({ memory_id }) => memory_id === id);
  }

  entities(): { type: string; id: string; total: number }[] {
    const counts = new Map<string, { type: string; id: string; total: number }>();
    for (const memory of this.memories.values()) {
      for (const type of ['user', 'agent', 'run']) {
        const id = memory[`${type}_id` as keyof Ids];
        if (typeof id !== 'string') continue;
        const entity = counts.get(`${type} ${id}`) ?? { type, id, total: 0 };
        counts.set(`${type} ${id}`, { ...entity, total: entity.total + 1 });
      }
    }
    return [...counts.values()];
  }

  private note(id: string, event: string, before: string | null, after: string | null): void {
    const at = this.tick();
    this.changes.push({
      id: randomUUID(),
      memory_id: id,
      old_memory: before,
      new_memory: after,
      event,
      created_at: at,
      updated_at: at,
    });
  }

  private tick(): string {
    this.ticks += 1;
    return new Date(Date.UTC(2026, 10, 1) + this.ticks * 1_000).toISOString();
  }
}
