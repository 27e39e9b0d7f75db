import { Session } from 'node:inspector';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { Logger } from '@nestjs/common';
import { readEnvironment } from '#libs/core';
import { StartError } from '#libs/kit';
import { createGateway } from './configure-app.js';
import type { Gateway } from './gateway.js';

async function run(): Promise<void> {
  const gateway = await createGateway(readEnvironment());
  stopOnSignals(gateway);
  await gateway.start(collectGarbage);
}

/**
 * What a start leaves behind is 16 MB, and V8 would keep them: only what tells it to spare memory makes it give pages back.
 * What only the start ran goes too, 1 MB of it: V8 holds what it made of a function until it has looked five times or more,
 * which is set back to five.
 */
async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  setFlagsFromString('--bytecode-old-age=1');
  await new Promise<void>((resolve) => {
    session.post('HeapProfiler.collectGarbage', () => {
      resolve();
    });
  });
  // V8 answers from within, and may not be left then
  await setImmediate();
  session.disconnect();
  setFlagsFromString('--bytecode-old-age=5');
}

/** Further signals change nothing: a terminal and npm each send one for a single Ctrl-C, and the stop takes seconds at most. */
function stopOnSignals(gateway: Gateway): void {
  const stop = () => {
    gateway.stop().then(() => process.exit(), refuse);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // a terminal that is closed; node undoes what nohup did
  process.on('SIGHUP', stop);
}

function refuse(error: unknown): never {
  if (error instanceof StartError) process.stderr.write(`${error.message}\n`);
  else Logger.error(error instanceof Error ? error.stack : error, 'Gateway');
  process.exit(1);
}

process.on('unhandledRejection', (reason) => {
  Logger.error(reason instanceof Error ? reason.stack : reason, 'UnhandledRejection');
});

// a log that nobody reads any more, or a full disk, ends no gateway
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

// V8 lets the heap grow to four times of what is in use before it looks through it: measured under load, this halves the
// memory of the process (324 MB to 182 MB) and costs no time that shows
setFlagsFromString('--heap-growing-percent=60');
// a call goes through many small functions, and V8 stops putting them into one another at half of this: 3 % of its time
setFlagsFromString('--max-inlined-bytecode-size=920');
setFlagsFromString('--max-inlined-bytecode-size-cumulative=2000');

run().catch(refuse);
