import { z } from 'zod';
import { setting, settings, value } from '#libs/kit';

/** A list of the config file arrives with commas. */
const separator = /[:,]/;

const directories = z
  .string()
  .transform((text) => text.split(separator).filter((directory) => directory !== ''))
  .pipe(z.array(z.string()).min(1).max(20))
  .describe('one or more directories, separated by ":"');

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
}) {}
