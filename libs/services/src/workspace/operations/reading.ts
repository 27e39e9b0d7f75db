import { z } from 'zod';
import { declare } from '#libs/kit';
import { modified, path, reading, shownPath, size } from './fields.js';

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
