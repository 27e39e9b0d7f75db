import { z } from 'zod';

/** The last entry of every archive. */
export const MANIFEST = 'manifest.json';
/** Raised when an older gateway could not read what a newer one writes. */
export const FORMAT = 1;

const part = z.object({
  name: z.string(),
  size: z.number().int().min(0),
  sha256: z.string(),
});

const table = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  rows: z.number().int().min(0),
  /** How many entries of the archive hold its rows. */
  chunks: z.number().int().min(0),
});

const sequence = z.object({ name: z.string(), value: z.string().regex(/^-?\d{1,19}$/), called: z.boolean() });

export const manifestSchema = z.object({
  format: z.literal(FORMAT),
  gatewayVersion: z.string(),
  createdAt: z.iso.datetime(),
  migrations: z.array(z.string()),
  /** Tells whether a secret is the one under which the keys were stored; null where there was none. */
  secretFingerprint: z.string().nullable(),
  /** In an order in which they can be loaded: whatever a table refers to comes before it. */
  tables: z.array(table),
  sequences: z.array(sequence),
  /** Every other entry of the archive in its order: first files, then the chunks of the tables. */
  parts: z.array(part),
});

/** What an archive says about itself. */
export type Manifest = z.infer<typeof manifestSchema>;
export type Part = z.infer<typeof part>;
export type TableFacts = z.infer<typeof table>;
export type SequenceFacts = z.infer<typeof sequence>;

/** Where the files of the data directory are in an archive. */
export const FILES = 'files/';

/** The name of one chunk of a table: 4 digits for the table, 6 for the chunk. */
export function chunkName(table: number, name: string, chunk: number): string {
  const readable = name.replace(/[^a-z0-9_]/gi, '_');
  return `tables/${String(table + 1).padStart(4, '0')}-${readable}/${String(chunk + 1).padStart(6, '0')}.copy`;
}
