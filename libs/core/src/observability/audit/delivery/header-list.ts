import { z } from 'zod';

const PAIR = /^\s*([!#$%&'*+.^_`|~\w-]+)=([^,]*)$/;

/** Headers as OpenTelemetry's exporters take them: `authorization=Bearer%20x,x-tenant=y`. */
export const headerList = z
  .string()
  .transform((text, context): Record<string, string> => {
    try {
      return Object.fromEntries(
        text.split(',').map((pair) => {
          const [, name, value] = PAIR.exec(pair) ?? [];
          if (name === undefined || value === undefined) throw new Error('no header');
          return [name.toLowerCase(), decodeURIComponent(value.trim())];
        }),
      );
    } catch {
      context.addIssue({ code: 'custom', message: 'it is no list of headers' });
      return z.NEVER;
    }
  })
  .describe('headers such as authorization=Bearer%20token, separated by commas');
