import { Injectable } from '@nestjs/common';
import { CallHistory, type Caller, type PastCall } from '#libs/kit';
import { printableId } from './audit-line.js';
import { AuditSearch } from './audit-search.js';

/** What services may know of past calls, through the kit's port. */
@Injectable()
export class CallerHistory extends CallHistory {
  constructor(private readonly search: AuditSearch) {
    super();
  }

  async of(caller: Caller, limit: number, since?: Date): Promise<PastCall[]> {
    const { items } = await this.search.page({ caller: printableId(caller.id), since }, limit);
    return items.map((item) => ({
      time: item.time,
      requestId: item.requestId,
      door: item.door,
      service: item.service,
      operation: item.operation,
      arguments: item.arguments,
      outcome: item.outcome,
      ...(item.errorKind !== undefined && { errorKind: item.errorKind }),
      durationMs: item.durationMs,
      bytes: item.bytes,
      tokens: item.tokens,
    }));
  }
}
