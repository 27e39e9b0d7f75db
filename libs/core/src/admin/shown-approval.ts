import { Injectable } from '@nestjs/common';
import { Catalog } from '../catalog/catalog.js';
import type { Approval } from '../execution/approvals/approval.js';
import { Redactor } from '../observability/redaction.js';

/** An approval as a person sees it: exactly what will run, but for secrets. */
@Injectable()
export class ShownApprovals {
  constructor(
    private readonly catalog: Catalog,
    private readonly redactor: Redactor,
  ) {}

  of({
    asker,
    arguments: given,
    decidedAt,
    decidedBy,
    note,
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
      asker: person,
      description: operation?.description ?? null,
      annotations: operation?.annotations ?? null,
      arguments: given === undefined ? null : this.redactor.value(given),
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
      decidedAt: decidedAt?.toISOString() ?? null,
      decidedBy: decidedBy ?? null,
      note: note ?? null,
    };
  }
}
