import { z } from 'zod';

/** What Slack sends when somebody presses a button, as far as it is looked at. */
const payload = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string().max(40) }),
  response_url: z.string().max(2_000).optional(),
  actions: z.array(z.object({ action_id: z.enum(['approve', 'deny']), value: z.string().max(100) })).length(1),
});

export interface SlackPress {
  readonly member: string;
  readonly decision: 'approve' | 'deny';
  readonly approvalId: string;
  readonly responseUrl: string | undefined;
}

/** Reads the form that Slack sends; undefined where it is about something else. */
export function readPress(form: Buffer): SlackPress | undefined {
  const text = new URLSearchParams(form.toString('utf8')).get('payload') ?? '';
  const parsed = payload.safeParse(jsonOf(text));
  const [action] = parsed.data?.actions ?? [];
  if (!parsed.success || !action) return undefined;
  const { user, response_url: responseUrl } = parsed.data;
  return { member: user.id, decision: action.action_id, approvalId: action.value, responseUrl };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
