import { readFileSync } from 'node:fs';

export const read = (path: string) => readFileSync(path, 'utf8');

export const { version } = JSON.parse(read('package.json')) as { version: string };

/** Rows of the table of settings, which a test of its own holds to what is declared. */
const rows = [...read('docs/configuration.md').matchAll(/^\| `[^`]+` \| (`[^|]+`) \| (?:`([^`]*)`)? \|.*\|$/gm)];

const secret = /\(secret\) \|$/;

/** Names of all settings, with those by which a secret comes from a file. */
const names = new Map(
  rows.flatMap(([row, variables = '', fallback]) =>
    [...variables.matchAll(/`([^`]+)`/g)].map(
      ([, name = '']) => [name, { fallback, secret: secret.test(row) }] as const,
    ),
  ),
);

export const defaultOf = (name: string) => names.get(name)?.fallback;

/** Why a variable does not belong into a file: nobody reads it, or it is a secret that stands there. */
export function complaint(name: string, value: unknown): string | undefined {
  const file = name.endsWith('_FILE') ? names.get(name.slice(0, -'_FILE'.length)) : undefined;
  const setting = names.get(name);
  if (!file?.secret && !setting) return `${name} is no setting`;
  return setting?.secret && typeof value === 'string' ? `${name} is a secret` : undefined;
}

/** A name of an image that says exactly which it is. Distroless has no finer names than this one. */
export const pinned = /^(?:[^:]+:v?\d+\.\d+(?:\.\d+)?(?:-[a-z-]+)?|gcr\.io\/distroless\/\w+-debian\d+:nonroot)$/;
