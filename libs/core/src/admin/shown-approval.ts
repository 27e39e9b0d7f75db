import { Injectable } from '@nestjs/common';
import { Catalog } from '../catalog/catalog.js';
import type { Approval } from '../execution/approvals/approval.js';
import { ExactTexts } from '../execution/approvals/exact-texts.js';

/** An approval as a person sees it: exactly what will run, but for the gateway's own secrets. */
@Injectable()
export class ShownApprovals {
  constructor(
    private readonly catalog: Catalog,
    private readonly exact: ExactTexts,
  ) {}

  of({
    asker,
    arguments: given,
    decidedAt,
    decidedBy,
    note,
    touches,
    createdAt,
    expiresAt,
    sealedOutcome: _,
    ...approval
  }: Approval) {
    const { id: caller, ...person } = asker;
    const operation = this.catalog.known(approval.operation);
    return {
      ...approval,
      caller,
      asker: this.exact.of(person),
      description: operation?.description ?? null,
      annotations: operation?.annotations ?? null,
      arguments: given === undefined ? null : this.exact.of(given),
      touches: this.exact.of(touches),
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
      decidedAt: decidedAt?.toISOString() ?? null,
      decidedBy: decidedBy ?? null,
      note: note ?? null,
    };
  }
}
