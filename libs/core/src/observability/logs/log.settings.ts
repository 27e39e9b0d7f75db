import { setting, settings, value } from '#libs/kit';
import { levels } from './log-entry.js';

export class LogSettings extends settings({
  level: setting('LOG_LEVEL', value.oneOf(...levels), {
    description: 'The least important lines that are written',
    aliases: ['MCP_LOG_LEVEL'],
    default: 'info',
    key: 'logging.level',
    runtime: true,
  }),
  format: setting('LOG_FORMAT', value.oneOf('json', 'pretty'), {
    description: 'One JSON object a line, or text for people; unset: pretty on a terminal, else json',
    key: 'logging.format',
  }),
  console: setting('MCP_LOG_CONSOLE', value.flag(), {
    description: 'Write the log to standard output, errors to standard error',
    default: 'true',
    key: 'logging.enableConsole',
  }),
  file: setting('MCP_LOG_FILE', value.flag(), {
    description: 'Write the log to files, a new one each day and after 20 MB, of which 14 are kept',
    default: 'false',
    key: 'logging.enableFile',
  }),
  directory: setting('MCP_LOG_DIR', value.text(), {
    description: 'Directory of the log files; unset: `logs` in the data directory',
    key: 'logging.logDir',
  }),
}) {}
