// Sends calls at a steady rate to targets in turns, whether they are answered or not, and prints how long the answers took:
// {"p50Ms", "p99Ms", "answered", "waiting"}. Whatever is answered with an error fails the run.
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { openSession } from '../gateway.js';

const PATIENCE_MS = 20_000;
/** @type {{url: string, sessions: number, rate: number, seconds: number, calls: {url?: string, headers: Record<string, string>, body: string}[]}} */
const { url, sessions, rate, seconds, calls } = JSON.parse(process.argv[2] ?? '{}');
const dispatcher = new Agent({ connections: 1_000, keepAliveTimeout: 60_000 });
/** @type {string[]} */
const open = [];
for (let i = 0; i < sessions; i += 1) open.push(await openSession(url));
/** @type {number[]} */
const times = [];
let waiting = 0;
let isOver = false;

/** @param {number} turn */
async function call(turn) {
  // the pairing moves on with each lap, so that no session has one target alone
  const lap = Math.floor(turn / (sessions || calls.length));
  const target = calls[(turn + lap) % calls.length];
  if (!target) return;
  const session = open[turn % open.length];
  const headers = {
    ...target.headers,
    'Content-Type': 'application/json',
    ...(session && { 'Mcp-Session-Id': session }),
  };
  const sentAt = performance.now();
  waiting += 1;
  const answer = await request(target.url ?? url, {
    method: 'POST',
    headers,
    body: target.body.replace('$ID', String(turn)),
    dispatcher,
  });
  const text = await answer.body.text();
  if (isOver) return;
  waiting -= 1;
  if (answer.statusCode !== 200 || /"error":|"isError":true/.test(text)) throw new Error(`It was answered ${text}`);
  times.push(performance.now() - sentAt);
}

/** @param {string} id */
async function endSession(id) {
  const headers = { ...calls[0]?.headers, 'Mcp-Session-Id': id };
  const answer = await request(url, { method: 'DELETE', headers, dispatcher });
  await answer.body.dump();
}

const startedAt = performance.now();
for (let turn = 0; turn < rate * seconds; turn += 1) {
  const ahead = startedAt + (turn * 1_000) / rate - performance.now();
  if (ahead > 0) await sleep(ahead);
  void call(turn);
}
// but for those to the one that answers nothing
const neverAnswered = Math.ceil((rate * seconds) / calls.length);
for (const giveUpAt = performance.now() + PATIENCE_MS; waiting > neverAnswered && performance.now() < giveUpAt;) {
  await sleep(50);
}
times.sort((a, b) => a - b);
const at = (/** @type {number} */ part) => times[Math.floor(times.length * part)];
isOver = true;
// with its session ends what still waits in it, which would wait on beside what is measured next
await Promise.all(open.map(endSession));
console.log(JSON.stringify({ p50Ms: at(0.5), p99Ms: at(0.99), answered: times.length, waiting }));
process.exit();
