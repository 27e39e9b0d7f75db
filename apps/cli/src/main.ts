#!/usr/bin/env node
import { homedir } from 'node:os';
import { exitCodes } from './failure.js';
import { runCli } from './program.js';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // a pager that is left, `| head`
  if (code === 'EPIPE') process.exit(exitCodes.ok);
  process.stderr.write(`mcp-gateway: The output can't be written (${code ?? message})\n`);
  process.exit(exitCodes.failed);
});

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
// what could not be written is told only then
await new Promise((resolve) => process.stdout.write('', resolve));
// a keep-alive connection would hold the process for seconds
process.exit();
