import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../failure.js';
import type { ClientFile } from './client.js';

type Members = Record<string, unknown>;

/** What the file holds with the server in it; everything else stays as it is. */
export function withServer(file: ClientFile, name: string): string {
  if (file.format === 'toml') return withTomlServer(file, name);
  const document = readDocument(file.path);
  let at = document;
  for (const member of file.place) at = at[member] = isMembers(at[member]) ? at[member] : {};
  at[name] = file.entry;
  for (const [member, value] of Object.entries(file.beside ?? {})) document[member] = joined(document[member], value);
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The server alone, to be pasted. */
export function serverAlone({ format, place, entry, beside }: ClientFile, name: string): string {
  if (format === 'toml') return tomlTable([...place, name], entry);
  const servers = place.reduceRight<unknown>((inner, member) => ({ [member]: inner }), { [name]: entry }) as Members;
  return `${JSON.stringify({ ...beside, ...servers }, null, 2)}\n`;
}

/** Whole or not at all: a client that reads meanwhile finds the old file or the new one. */
export function replaceFile(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const mode = statSync(path, { throwIfNoEntry: false })?.mode;
    const draft = `${path}.${process.pid}.tmp`;
    writeFileSync(draft, text, { flag: 'wx', ...(mode !== undefined && { mode }) });
    renameSync(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure('failed', `${path} can't be written (${code ?? String(error)})`);
  }
}

function readDocument(path: string): Members {
  const text = readText(path);
  if (text === undefined || text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isMembers(value)) return value;
  } catch {
    // comments, or a mistake: either way it would be lost
  }
  throw new Failure(
    'usage',
    `${path} is no plain JSON object; nothing was written`,
    'Run it without --write and paste what it prints.',
  );
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Failure('failed', `${path} can't be read (${code ?? 'unknown'})`);
  }
}

function withTomlServer({ path, place, entry }: ClientFile, name: string): string {
  const text = readText(path) ?? '';
  const table = tomlTable([...place, name], entry);
  const [heading = ''] = table.split('\n');
  if (text.split('\n').some((line) => line.trim() === heading)) {
    throw new Failure(
      'usage',
      `${path} has ${heading} already; nothing was written`,
      'Change it there, or give another --name.',
    );
  }
  const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  return `${text}${gap}${table}`;
}

/** Texts in TOML are written as JSON writes them. */
function tomlTable(names: readonly string[], entry: Members): string {
  const lines = Object.entries(entry).map(([member, value]) => `${member} = ${JSON.stringify(value)}`);
  return `[${names.map((name) => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name))).join('.')}]\n${lines.join('\n')}\n`;
}

/** Adds to a list what it does not hold yet. */
function joined(old: unknown, more: unknown): unknown {
  if (!Array.isArray(old) || !Array.isArray(more)) return more;
  const have = new Set(old.map((each) => JSON.stringify(each)));
  return [...(old as unknown[]), ...(more as unknown[]).filter((each) => !have.has(JSON.stringify(each)))];
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
