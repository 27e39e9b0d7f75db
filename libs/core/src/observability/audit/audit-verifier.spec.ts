import type { EntityManager } from 'typeorm';
import { expect, it } from 'vitest';
import type { AuditStore } from './audit-store.js';
import { AuditVerifier } from './audit-verifier.js';
import type { CheckpointSeal } from './checkpoint-seal.js';

it('looks through any number of checkpoints', async () => {
  const count = 200_000;
  const checkpoints = Array.from({ length: count }, (_, index) => ({
    ...{ replica: 'one', kind: 'head', number: String(index + 1), seq: String((index + 1) * 1_000) },
    ...{ hash: 'ab', keyId: 'key', signature: 'signature' },
  }));
  const query = (sql: string) => {
    if (sql.includes('RECURSIVE')) return Promise.resolve([{ replica: 'one' }]);
    return Promise.resolve(sql.includes('FROM audit_checkpoints') ? checkpoints : []);
  };
  const store = {
    snapshot: (work: (manager: EntityManager) => unknown) => work({ query } as unknown as EntityManager),
  } as unknown as AuditStore;
  const verifier = new AuditVerifier(store, { fault: () => undefined } as unknown as CheckpointSeal);
  expect(await verifier.verify({ replica: 'one', seq: count * 1_000 })).toEqual({
    valid: false,
    checked: 0,
    chains: 1,
    firstBad: { replica: 'one', seq: 1, reason: 'the lines from here on are missing' },
  });
});
