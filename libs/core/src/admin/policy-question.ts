import { z } from 'zod';

const jsonObject = z.string().transform((text, context) => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  context.addIssue({ code: 'custom', message: 'a JSON object' });
  return z.NEVER;
});

/** Of `GET /admin/policy/explain`. */
export const policyQuestion = z.strictObject({
  caller: z.string().min(1).max(300),
  operation: z.string().min(1).max(300),
  arguments: jsonObject.optional(),
  claims: jsonObject.optional(),
  address: z.string().max(100).optional(),
});
export type PolicyQuestion = z.output<typeof policyQuestion>;
