import { z } from 'zod';
import { declare } from '#libs/kit';

export const searchTools = declare({
  name: 'search_tools',
  tool: 'search_tools',
  title: 'Find tools',
  description:
    'Finds the tools that fit a task, among all that the caller may use. Say in a few plain words what is to be done and with which service; read the best with describe_tool, and run it with call_tool.',
  input: z.object({
    query: z.string().trim().min(1).max(500).describe('Such as "list open pull requests on GitHub"'),
    limit: z.int().min(1).max(50).default(8).describe('How many tools'),
  }),
  output: z.object({
    tools: z
      .array(
        z.object({
          name: z.string(),
          service: z.string(),
          title: z.string().optional(),
          description: z.string().describe('The first sentence'),
          score: z.number(),
        }),
      )
      .describe('The best first'),
    total: z.int().describe('Tools that fit at all'),
  }),
  permission: 'read',
  annotations: { readOnly: true, idempotent: true, openWorld: false },
  slash: 'search_tools <query...>',
});

export const describeTool = declare({
  name: 'describe_tool',
  tool: 'describe_tool',
  title: 'Read how a tool is called',
  description:
    'Gives the full definition of one tool: what it does, the schemas of its arguments and of its answer. Read it before the first call of a tool.',
  input: z.object({ name: z.string().min(1).max(200).describe('As search_tools gives it') }),
  output: z.object({
    name: z.string(),
    title: z.string().optional(),
    description: z.string(),
    inputSchema: z.looseObject({}),
    outputSchema: z.looseObject({}),
    annotations: z.looseObject({}),
    service: z.string(),
    permission: z.string(),
    slash: z.string().optional(),
  }),
  permission: 'read',
  annotations: { readOnly: true, idempotent: true, openWorld: false },
  slash: 'describe_tool <name>',
});

export const callTool = declare({
  name: 'call_tool',
  tool: 'call_tool',
  title: 'Call a tool by its name',
  description:
    'Calls any tool that search_tools finds, as if it were called directly: it needs what that tool needs, and answers what that tool answers. describe_tool tells which arguments it takes.',
  input: z.object({
    name: z.string().min(1).max(200).describe('As search_tools gives it'),
    arguments: z.looseObject({}).default({}).describe('What the tool’s own inputSchema says'),
  }),
  output: z.looseObject({}).describe('What the tool answers'),
  permission: 'read',
  // the tool may do anything
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  slash: 'call_tool <name>',
});
