import { z } from 'zod';

/** A time in a query or a body: a day, which begins at midnight UTC, or a time of day with its zone. */
export const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], 'a date, or a time with its zone, as in ISO 8601')
  .transform((text) => new Date(text));
