#!/usr/bin/env node
import { homedir } from 'node:os';
import { runCli } from './program.js';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

// a pager that is left, `| head`
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  directory: process.cwd(),
  home: homedir(),
  platform: process.platform,
  self: [process.execPath, import.meta.filename],
  interrupted: interrupted.signal,
});
// a keep-alive connection would hold the process for seconds
process.exit();
