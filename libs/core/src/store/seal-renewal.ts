import { Injectable, Logger } from '@nestjs/common';
import { SecretKey } from './secret-key.js';
import { Store } from './store.js';
import { TextSeal } from './text-seal.js';

type Row = Record<string, string>;

/** A column of sealed texts: what they are sealed for, and for which place each. */
interface SealedColumn {
  readonly purpose: string;
  readonly table: string;
  readonly key: readonly string[];
  readonly column: string;
  readonly placeOf: (row: Row) => string | undefined;
}

const columns: readonly SealedColumn[] = [
  { purpose: 'upstream-targets', table: 'upstreams', key: ['name'], column: 'target', placeOf: ({ name }) => name },
  {
    purpose: 'upstream-grants',
    table: 'upstream_grants',
    key: ['upstream', 'caller_id'],
    column: 'sealed',
    placeOf: ({ upstream, caller_id }) => JSON.stringify([upstream, caller_id]),
  },
  { purpose: 'approvals', table: 'approvals', key: ['id'], column: 'sealed_arguments', placeOf: ({ id }) => id },
  {
    purpose: 'approvals',
    table: 'approvals',
    key: ['id'],
    column: 'sealed_outcome',
    placeOf: ({ id }) => `${id} outcome`,
  },
  ...['call', 'checkpoint', 'outcome'].map((part) => ({
    purpose: 'background calls',
    table: 'background_calls',
    key: ['id'],
    column: `sealed_${part}`,
    placeOf: ({ id }: Row) => `${id} ${part}`,
  })),
];

/** Seals anew what the store has under an older MCP_SECRET_KEY, so that it outlives that. */
@Injectable()
export class SealRenewal {
  private readonly logger = new Logger('Store');

  constructor(
    private readonly store: Store,
    private readonly secretKey: SecretKey,
  ) {
    store.onReady(() => this.renewAll());
    secretKey.onRenewal(() => this.renewAll());
  }

  private async renewAll(): Promise<void> {
    if (!this.secretKey.hasOlder) return;
    let renewed = 0;
    for (const column of columns) renewed += await this.renew(column);
    if (renewed > 0) this.logger.log(`${renewed} sealed texts of the store were sealed anew under MCP_SECRET_KEY`);
  }

  private renew({ purpose, table, key, column, placeOf }: SealedColumn): Promise<number> {
    const seal = new TextSeal(this.secretKey, purpose);
    const names = [...key, column];
    // one that is changed meanwhile is sealed by whoever changes it
    const update = `UPDATE ${table} SET ${column} = $1 WHERE ${names.map((name, i) => `${name} = $${i + 2}`).join(' AND ')}`;
    return this.store.run(async (manager) => {
      const select = `SELECT ${names.join(', ')} FROM ${table} WHERE ${column} IS NOT NULL`;
      const rows = await manager.query<Row[]>(select);
      let renewed = 0;
      for (const row of rows) {
        const text = seal.renewed(row[column] ?? '', placeOf(row) ?? '');
        if (text === undefined) continue;
        await manager.query(update, [text, ...names.map((name) => row[name])]);
        renewed += 1;
      }
      return renewed;
    });
  }
}
