import { z } from 'zod';
import { isPlainText } from '../access/plain-text.js';

/** What a person says to a call that waits. */
export const approvalAnswer = z.strictObject({
  decision: z.enum(['approve', 'deny']),
  note: z.string().trim().min(1).max(1_000).refine(isPlainText, 'text without control characters').optional(),
});
