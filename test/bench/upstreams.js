// The MCP servers behind the gateway that is measured.
import { readFileSync } from 'node:fs';
import { LOAD_CORE, onCore } from './processes.js';

/** Given as text, since behind the walls around a process it might not find the file; `${…}` would be a variable. */
const script = `import('data:text/javascript;base64,${readFileSync('test/bench/servers/echo-upstream.js', 'base64')}')`;
const [command = '', ...args] = onCore(LOAD_CORE, [process.execPath, '-e', script, 'stdio']);

/** On the core of the load, as everything behind a server that is measured. */
export const stdioUpstream = { command, args };
