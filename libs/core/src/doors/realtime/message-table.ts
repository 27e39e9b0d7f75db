import { Injectable } from '@nestjs/common';
import type { RealtimeAnswer, RealtimeMessages } from '#libs/kit';
import type { CallerAccess } from '../../access/access.decorator.js';
import { ApprovalMessages } from './approval-messages.js';
import type { Client } from './client.js';
import { Introduction } from './introduction.js';
import { KeyMessages } from './key-messages.js';
import type { Message, MessageName } from './messages.js';
import { Subscriptions } from './subscriptions.js';
import { ToolCalls } from './tool-calls.js';

interface Handler<M extends MessageName & keyof RealtimeMessages> {
  /** Who may send it. A room or a tool has a rule of its own besides. */
  readonly access: CallerAccess;
  answer(client: Client, message: Message<M>): Promise<RealtimeAnswer<M>> | RealtimeAnswer<M>;
}

type Table = { readonly [M in keyof RealtimeMessages]: Handler<M> };

/** Every message that a client may send, who may, and who answers it. */
@Injectable()
export class MessageTable {
  readonly handlers: Table;

  constructor(
    introduction: Introduction,
    subscriptions: Subscriptions,
    calls: ToolCalls,
    approvals: ApprovalMessages,
    keys: KeyMessages,
  ) {
    this.handlers = {
      auth: { access: 'public', answer: (client, message) => introduction.auth(client, message) },
      subscribe: { access: 'any caller', answer: (client, message) => subscriptions.subscribe(client, message) },
      unsubscribe: { access: 'any caller', answer: (client, message) => subscriptions.unsubscribe(client, message) },
      subscribe_metrics: {
        access: 'monitor',
        answer: (client) => subscriptions.subscribe(client, { room: 'metrics' }),
      },
      execute_tool: { access: 'any caller', answer: (client, message) => calls.execute(client, message) },
      cancel: { access: 'any caller', answer: (client, message) => calls.cancel(client, message) },
      answer_approval: { access: 'approve', answer: (client, message) => approvals.answer(client, message) },
      manage_api_key: { access: 'admin', answer: (client, message) => keys.manage(client, message) },
    };
  }
}
