import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { Caller, RealtimeAnswer } from '#libs/kit';
import { KeyAdministration } from '../../admin/key-administration.js';
import { ADMINISTRATION } from '../../catalog/names.js';
import { AuditedActs } from '../../observability/audit/audited-acts.js';
import { AdminChanges } from '../../throttling/admin-changes.js';
import { originOf } from './call-origin.js';
import type { Client } from './client.js';
import { callerOf } from './known-caller.js';
import type { Message } from './messages.js';

/** Keys, by the rules of `/admin/api-keys`. */
@Injectable()
export class KeyMessages {
  private readonly logger = new Logger('Keys');

  constructor(
    private readonly keys: KeyAdministration,
    private readonly changes: AdminChanges,
    private readonly acts: AuditedActs,
  ) {}

  async manage(client: Client, message: Message<'manage_api_key'>): Promise<RealtimeAnswer<'manage_api_key'>> {
    const caller = callerOf(client);
    if (message.action === 'list') {
      const { action: _, ...query } = message;
      return { ok: true, ...this.keys.list(query) };
    }
    await this.changes.count(caller);
    const { action, ...given } = message;
    const act = () => this.change(message, caller);
    const answer = await this.acts.run(
      `${ADMINISTRATION}.api-keys.${action}`,
      given,
      originOf(client, randomUUID()),
      act,
    );
    this.logger.log(`${message.action} of ${answer.id} by ${caller.id} through realtime`);
    return { ok: true, ...answer };
  }

  private async change(
    message: Exclude<Message<'manage_api_key'>, { action: 'list' }>,
    caller: Caller,
  ): Promise<{ id: string }> {
    switch (message.action) {
      case 'create': {
        const { action: _, ...policy } = message;
        return this.keys.create(policy, caller);
      }
      case 'rotate':
        return this.keys.rotate(message.id, message, caller);
      case 'revoke':
        await this.keys.remove(message.id);
        return { id: message.id };
    }
  }
}
