import { z } from 'zod';
import { declare } from '#libs/kit';
import { path, shownPath, size } from './fields.js';

const writing = { permission: 'write' } as const;

export const writeFile = declare({
  name: 'write_file',
  tool: 'write_file',
  title: 'Write a file',
  description:
    'Writes a file of the workspace: a new one, one in place of what was there, or text at its end. It appears whole or not at all. To change parts of a file use edit_file.',
  slash: 'write_file <path> <content>',
  input: z.object({
    path,
    content: z.string().max(16_777_216).describe('The whole content, or with append what is added'),
    mode: z
      .enum(['create', 'overwrite', 'append'])
      .default('overwrite')
      .describe('create fails where the file exists; overwrite and append make it where it is missing'),
    encoding: z.enum(['utf8', 'base64']).default('utf8').describe('How the content is given'),
  }),
  touches: ({ path: at, mode }) => [mode === 'create' ? `The new file ${at}` : `The file ${at}`],
  output: z.object({ path: shownPath, size: size.describe('Bytes of the file now'), created: z.boolean() }),
  ...writing,
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: false },
});

export const editFile = declare({
  name: 'edit_file',
  tool: 'edit_file',
  title: 'Edit a file',
  description:
    'Replaces exact pieces of text in a file of the workspace, one edit after the other, all or none, and answers the changes as a unified diff. With dryRun it only shows them.',
  slash: 'edit_file <path>',
  input: z.object({
    path,
    edits: z
      .array(
        z.object({
          oldText: z.string().min(1).max(1_000_000).describe('As it is in the file, white space included'),
          newText: z.string().max(1_000_000).describe('What takes its place'),
          all: z.boolean().default(false).describe('Replace every occurrence; without it there must be just one'),
        }),
      )
      .min(1)
      .max(100)
      .describe('Replacements in their order'),
    dryRun: z.boolean().default(false).describe('Change nothing, only show the diff'),
  }),
  touches: ({ path: at, dryRun }) => [dryRun ? 'Nothing: it is a dry run' : `The file ${at}`],
  output: z.object({
    path: shownPath,
    changed: z.boolean().describe('Whether the file was written'),
    replaced: z.int().describe('Pieces of text'),
    diff: z.string().nullable().describe('Unified diff; null where the changes are too many to show'),
  }),
  ...writing,
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: false },
});

export const createDirectory = declare({
  name: 'create_directory',
  tool: 'create_directory',
  title: 'Create a directory',
  description: 'Creates a directory of the workspace and those above it that are missing. It may exist already.',
  slash: 'create_directory <path>',
  input: z.object({ path }),
  output: z.object({ path: shownPath, created: z.boolean().describe('False where it existed') }),
  ...writing,
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
});

export const moveFile = declare({
  name: 'move_file',
  tool: 'move_file',
  title: 'Move or rename a file',
  description: 'Moves or renames a file or directory within the workspace. Nothing may be at the destination yet.',
  slash: 'move_file <source> <destination>',
  input: z.object({
    source: path.describe('Path of what is to be moved'),
    destination: path.describe('Its new path, the name included; its directory must exist'),
  }),
  output: z.object({ source: shownPath, destination: shownPath }),
  ...writing,
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: false },
});
