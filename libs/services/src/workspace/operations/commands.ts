import { z } from 'zod';
import { declare } from '#libs/kit';

/** The longest that `MCP_TOOL_TIMEOUT` can be; the setting itself ends commands. */
export const MAX_TOOL_TIMEOUT_MS = 600_000;

export const executeCommand = declare({
  name: 'execute_command',
  tool: 'execute_command',
  title: 'Run a command',
  description:
    'Runs one of the commands that the operator allows (by default ls, cat, head, tail, grep, find, git, docker, curl and ping) in the workspace, without a shell: no pipes, no redirection, no variables. Only reading options are open; a refusal says which.',
  slash: 'execute_command <command> [args...]',
  input: z.object({
    command: z
      .string()
      .min(1)
      .max(10_000)
      .describe('Its name, or without args the whole line, which is split by a shell’s rules for quotes'),
    args: z.array(z.string().max(10_000)).max(200).optional().describe('Its words, one each, taken as they are'),
    cwd: z.string().min(1).max(4096).default('.').describe('Directory of the workspace in which it runs'),
  }),
  output: z.object({
    exitCode: z.int().nullable().describe('Null where it was ended'),
    stdout: z.string(),
    stderr: z.string(),
    truncated: z.boolean().describe('It said more than 1 MB and was ended'),
  }),
  permission: 'execute',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: true },
  // cat and grep show files of the workspace
  verbatim: true,
  deadlineMs: MAX_TOOL_TIMEOUT_MS,
});
