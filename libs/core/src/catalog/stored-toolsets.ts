import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OperationError } from '#libs/kit';
import { conflict } from '../errors/protocol-error.js';
import { StoreChanges } from '../replicas/store-changes.js';
import { ToolsetEntity } from '../store/entities/toolset.entity.js';
import { OneAtATime } from '../store/one-at-a-time.js';
import { Store } from '../store/store.js';
import { Toolsets, type Toolset } from './toolsets.js';

export interface StoredToolset extends Toolset {
  readonly createdAt: Date;
}

interface ToolsetChange {
  readonly tools?: string[] | undefined;
  readonly description?: string | null | undefined;
}

const INSERT = `
  INSERT INTO toolsets (name, tools, description) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING name`;

/** The toolsets that admins make: written into the store, and from there into memory. */
@Injectable()
export class StoredToolsets implements OnModuleInit {
  private stored: readonly StoredToolset[] = [];
  /** What is read later holds, whichever is answered first. */
  private readonly readings = new OneAtATime();

  constructor(
    private readonly store: Store,
    private readonly toolsets: Toolsets,
    private readonly changes: StoreChanges,
  ) {}

  onModuleInit(): void {
    this.changes.follow('toolsets', () => this.load());
    this.store.onReady(() => this.load());
  }

  /** Of the config file, which were there from the beginning, and of admins. */
  all(): StoredToolset[] {
    const ofFile = this.toolsets.all().filter(({ origin }) => origin === 'file');
    const own = this.stored.filter(({ name }) => this.toolsets.find(name)?.origin === 'admin');
    return [...ofFile.map((toolset) => ({ ...toolset, createdAt: new Date(0) })), ...own];
  }

  /** Throws `unknown`. */
  get(name: string): StoredToolset {
    const found = this.all().find((toolset) => toolset.name === name);
    if (!found) throw new OperationError('unknown', 'There is no toolset of this name');
    return found;
  }

  async create(name: string, tools: string[], description: string | undefined): Promise<StoredToolset> {
    const isNew = !this.toolsets.find(name) && (await this.insert(name, tools, description ?? null));
    await this.changes.apply('toolsets', () => this.load());
    if (!isNew) throw conflict(`There is a toolset ${name} already; change it, or choose another name`);
    return this.get(name);
  }

  async change(name: string, { tools, description }: ToolsetChange): Promise<StoredToolset> {
    this.requireOwn(name);
    const change = { ...(tools && { tools }), ...(description !== undefined && { description }) };
    if (Object.keys(change).length > 0) {
      await this.write((manager) => manager.update(ToolsetEntity, { name }, change));
    }
    await this.changes.apply('toolsets', () => this.load());
    return this.get(name);
  }

  async remove(name: string): Promise<void> {
    this.requireOwn(name);
    await this.write((manager) => manager.delete(ToolsetEntity, { name }));
    await this.changes.apply('toolsets', () => this.load());
  }

  private async insert(name: string, tools: string[], description: string | null): Promise<boolean> {
    const values = [name, tools, description];
    const rows = await this.write((manager) => manager.query<unknown[]>(INSERT, values));
    return rows.length > 0;
  }

  private requireOwn(name: string): void {
    if (this.get(name).origin === 'admin') return;
    throw conflict(`The toolset ${name} comes from the configuration; change it there`);
  }

  private write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.changes.make('toolsets', () => this.store.run(work));
  }

  private load(): Promise<void> {
    return this.readings.run(() => this.read());
  }

  private async read(): Promise<void> {
    const rows = await this.store.run((manager) => manager.find(ToolsetEntity, { order: { createdAt: 'ASC' } }));
    this.stored = rows.map(({ name, tools, description, createdAt }) => ({
      name,
      tools,
      description: description ?? undefined,
      origin: 'admin',
      createdAt,
    }));
    this.toolsets.replaceStored(this.stored);
  }
}
