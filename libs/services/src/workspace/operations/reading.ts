import { z } from 'zod';
import { declare } from '#libs/kit';
import { entryType, modified, more, path, reading, shownPath, size, topPath } from './fields.js';

export const readFile = declare({
  name: 'read_file',
  tool: 'read_file',
  title: 'Read a file',
  description:
    'Reads a text file of the workspace, a page of whole lines at a time: go on with offset at nextOffset until that is null. With encoding base64 it reads the bytes of any file.',
  slash: 'read_file <path>',
  input: z.object({
    path,
    offset: z.int().min(0).default(0).describe('Lines to skip, with base64 bytes'),
    limit: z.int().min(1).max(1_048_576).optional().describe('Lines at most, with base64 bytes'),
    encoding: z.enum(['utf8', 'base64']).default('utf8').describe('How the content is given'),
  }),
  output: z.object({
    path: shownPath,
    encoding: z.enum(['utf8', 'base64']),
    content: z.string().describe('As it is in the file, line ends included'),
    offset: z.int(),
    shown: z.int().describe('Lines on this page, with base64 bytes'),
    nextOffset: z.int().nullable().describe('Where the next page begins; null after the last one'),
    size: size.describe('Bytes of the whole file'),
    modified,
  }),
  ...reading,
});

export const getFileInfo = declare({
  name: 'get_file_info',
  tool: 'get_file_info',
  title: 'Facts about a file',
  description: 'Tells type, size, times and permissions of a file or directory of the workspace, without reading it.',
  slash: 'get_file_info <path>',
  input: z.object({ path }),
  output: z.object({
    path: shownPath,
    type: entryType,
    size,
    created: modified,
    modified,
    permissions: z.string().describe('Octal, such as "0644"'),
    links: z.int().describe('Names that a file has; one with several is not opened'),
  }),
  ...reading,
});

export const listDirectory = declare({
  name: 'list_directory',
  tool: 'list_directory',
  title: 'List a directory',
  description:
    'Lists what is in a directory of the workspace, on request with what is below it. Links are shown and not followed; .git and node_modules are not descended into.',
  slash: 'list_directory [path]',
  input: z.object({
    path: topPath.describe('Path of a directory; by default the workspace itself'),
    recursive: z.boolean().default(false).describe('Also what is below its directories, the nearest first'),
    depth: z.int().min(1).max(20).default(3).describe('Levels of directories, where recursive'),
    limit: z.int().min(1).max(5_000).default(1_000).describe('Entries at most'),
  }),
  output: z.object({
    path: shownPath,
    entries: z.array(z.object({ path: shownPath, type: entryType, size: size.optional().describe('Of a file') })),
    more,
    roots: z
      .array(z.string())
      .optional()
      .describe('Paths of the workspace’s other directories; told where the first one is listed'),
  }),
  ...reading,
});

export const directoryTree = declare({
  name: 'directory_tree',
  tool: 'directory_tree',
  title: 'Show a tree of directories',
  description:
    'Draws a directory of the workspace as an indented tree of names, which costs fewer tokens than a list. Links are shown and not followed; .git and node_modules are not descended into.',
  slash: 'directory_tree [path]',
  input: z.object({
    path: topPath.describe('Path of a directory; by default the workspace itself'),
    depth: z.int().min(1).max(20).default(4).describe('Levels of directories'),
    limit: z.int().min(1).max(5_000).default(1_000).describe('Names at most'),
  }),
  output: z.object({
    path: shownPath,
    tree: z.string().describe('A name a line; directories end in "/", links in "@"'),
    entries: z.int(),
    more,
  }),
  ...reading,
});

export const searchFiles = declare({
  name: 'search_files',
  tool: 'search_files',
  title: 'Search for files and their content',
  description:
    'Finds files below a directory of the workspace by a glob for their names, and with regex the lines that match it, with their numbers. Skips .git, binary files and what .gitignore names.',
  slash: 'search_files [path] [pattern] [regex]',
  input: z.object({
    path: topPath.describe('Path of a directory to search; by default the workspace itself'),
    pattern: z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .describe('Glob for names, such as "*.ts" or "src/**/*.{ts,js}"; by default all files'),
    regex: z
      .string()
      .min(1)
      .max(4_000)
      .optional()
      .describe('Regular expression for lines, in the syntax of ripgrep (no backreferences); (?i) ignores case'),
    ignored: z.boolean().default(false).describe('Search what .gitignore names too'),
    limit: z.int().min(1).max(1_000).default(100).describe('Results at most'),
  }),
  output: z.object({
    results: z.array(
      z.object({
        path: shownPath,
        line: z.int().optional().describe('Its number, counted from 1'),
        text: z.string().optional().describe('The line, cut at 300 characters'),
      }),
    ),
    more: z.boolean().describe('There are more than fit, or the time was up; narrow it down'),
  }),
  ...reading,
});
