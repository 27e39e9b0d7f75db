import { z } from 'zod';
import { liveRooms } from '#libs/kit';
import { approvalAnswer } from '../../admin/approval-answer.js';
import { newKey, rotation } from '../../admin/key-fields.js';
import { pageQuery } from '../../admin/page.js';

const MAX_CREDENTIAL = 16_384;

const requestId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'letters, digits and -, at most 64');
const room = z.enum(liveRooms);
const credential = z.string().min(1).max(MAX_CREDENTIAL).optional();
const ownId = z.string().min(1).max(100);

/** What the handshake of Socket.IO may hold too. */
export const credentialsMessage = z.strictObject({ apiKey: credential, token: credential });
export type CredentialsMessage = z.output<typeof credentialsMessage>;

const auth = credentialsMessage.refine(
  ({ apiKey, token }) => apiKey !== undefined || token !== undefined,
  'an apiKey or a token',
);

/** The shape of each message that a client may send. */
export const shapes = {
  auth,
  subscribe: z.strictObject({ room, since: z.int().min(0).optional() }),
  unsubscribe: z.strictObject({ room }),
  subscribe_metrics: z.strictObject({}),
  execute_tool: z.strictObject({
    toolName: z.string().min(1).max(200),
    arguments: z.record(z.string(), z.unknown()).default({}),
    requestId: requestId.optional(),
  }),
  cancel: z.strictObject({ requestId }),
  answer_approval: approvalAnswer.extend({ id: ownId }),
  manage_api_key: z.discriminatedUnion(
    'action',
    [
      newKey.extend({ action: z.literal('create') }),
      pageQuery.extend({ action: z.literal('list') }),
      z.strictObject({ action: z.literal('revoke'), id: ownId }),
      rotation.extend({ action: z.literal('rotate'), id: ownId }),
    ],
    { error: 'one of "create", "list", "revoke", "rotate"' },
  ),
};

export type MessageName = keyof typeof shapes;
export type Message<M extends MessageName> = z.output<(typeof shapes)[M]>;
