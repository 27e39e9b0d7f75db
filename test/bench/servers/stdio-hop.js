// The yardstick of an upstream over stdio: one child for all, whose answers find their requests by ids of the hop's own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { listen } from './listen.js';

const [command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
/** @type {Map<number, (message: any) => void>} */
const waiting = new Map();
let last = 0;

createInterface({ input: child.stdout }).on('line', (line) => {
  const message = JSON.parse(line);
  waiting.get(message.id)?.(message);
  waiting.delete(message.id);
});

listen(async (body) => {
  const request = JSON.parse(body);
  last += 1;
  const id = last;
  const answer = await new Promise((resolve) => {
    waiting.set(id, resolve);
    child.stdin.write(`${JSON.stringify({ ...request, id })}\n`);
  });
  return JSON.stringify({ ...answer, id: request.id });
});
