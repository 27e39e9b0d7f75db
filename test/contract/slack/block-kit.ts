import { z } from 'zod';

/** Block Kit as Slack documents it, as far as the gateway uses it: shapes, and the limits on them. */
const plain = (max: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(max),
    emoji: z.boolean().optional(),
  });
const blockId = z.string().min(1).max(255).optional();
const button = z.strictObject({
  type: z.literal('button'),
  action_id: z.string().min(1).max(255),
  text: plain(75),
  value: z.string().max(2_000),
  style: z.enum(['primary', 'danger']).optional(),
});
const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), block_id: blockId, text: plain(150) }),
  z.strictObject({ type: z.literal('section'), block_id: blockId, text: plain(3_000) }),
  z.strictObject({ type: z.literal('context'), block_id: blockId, elements: z.array(plain(3_000)).min(1).max(10) }),
  z.strictObject({ type: z.literal('actions'), block_id: blockId, elements: z.array(button).min(1).max(25) }),
]);
const blocks = z.array(block).min(1).max(50);

/** What an incoming webhook takes. */
export const message = z.strictObject({ text: z.string().min(1).max(40_000), blocks });

/** What a response_url takes. */
export const reply = z.union([
  z.strictObject({ replace_original: z.literal(true), text: z.string().min(1).max(40_000), blocks }),
  z.strictObject({
    response_type: z.literal('ephemeral'),
    replace_original: z.literal(false),
    text: z.string().min(1).max(40_000),
  }),
]);

export type Message = z.output<typeof message>;
export type Reply = z.output<typeof reply>;

/** All that a person reads in it, block by block. */
export function textsOf({ blocks }: { blocks: Message['blocks'] }): string[] {
  return blocks.flatMap((each) => {
    if (each.type === 'context') return each.elements.map(({ text }) => text);
    return each.type === 'actions' ? [] : [each.text.text];
  });
}

export function buttonsOf({ blocks }: { blocks: Message['blocks'] }) {
  return blocks.flatMap((each) => (each.type === 'actions' ? each.elements : []));
}
