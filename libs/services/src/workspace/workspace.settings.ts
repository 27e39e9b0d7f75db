import { z } from 'zod';
import { setting, settings, value } from '#libs/kit';
import { knownCommands } from './commands/known-commands.js';
import { MAX_TOOL_TIMEOUT_MS } from './operations/commands.js';

/** A list of the config file arrives with commas. */
const separator = /[:,]/;

const directories = z
  .string()
  .transform((text) => text.split(separator).filter((directory) => directory !== ''))
  .pipe(z.array(z.string()).min(1).max(20))
  .describe('one or more directories, separated by ":"');

const commands = value
  .list()
  .refine((names) => names.every((name) => knownCommands.has(name)))
  .describe(`commands separated by commas, of those whose options are known: ${[...knownCommands.keys()].join(', ')}`);

/** What the workspace reads from the environment. */
export class WorkspaceSettings extends settings({
  enabled: setting('MCP_ENABLE_REAL_TOOLS', value.flag(), {
    key: 'tools.enableReal',
    description: 'Let agents work with files, git and commands in MCP_WORKING_DIR; false switches all of it off',
    default: 'true',
  }),
  directories: setting('MCP_WORKING_DIR', directories, {
    key: 'tools.workingDir',
    description: 'Directories in which agents may work, separated by ":"; what is missing is created',
    default: './workspace',
  }),
  allowedCommands: setting('MCP_ALLOWED_COMMANDS', commands, {
    key: 'tools.allowedCommands',
    description: 'Commands that execute_command may run, of those that the gateway knows the options of',
    default: 'ls,cat,head,tail,grep,find,git,docker,curl,ping',
  }),
  timeoutMs: setting('MCP_TOOL_TIMEOUT', value.wholeNumber(100, MAX_TOOL_TIMEOUT_MS), {
    key: 'tools.timeout',
    description: 'How long a command or git may take in the workspace, in milliseconds',
    default: '30000',
    runtime: true,
  }),
}) {}
