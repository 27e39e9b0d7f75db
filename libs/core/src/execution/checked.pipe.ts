import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { invalidInput } from './input-issues.js';

/** Checks a body or query against a schema; the error names every bad field. */
export class Checked<T> implements PipeTransform<unknown, T> {
  constructor(private readonly schema: z.ZodType<T>) {}

  transform(value: unknown): T {
    const parsed = this.schema.safeParse(value ?? {});
    if (!parsed.success) throw invalidInput(parsed.error, value);
    return parsed.data;
  }
}
