// `npm run bench:limits`: what the limits cost a call as callers and windows grow: counting it in and out, and writing
// the headers of its answer. A million calls each, in interleaved rounds; prints a table.
import { median } from './rounds.js';

const built = (/** @type {string} */ file) => new URL(`../../dist/libs/core/src/${file}`, import.meta.url).href;
/** @type {{CallLimits: new (...given: unknown[]) => Record<'admit' | 'leave' | 'headersFor', (...given: object[]) => void>}} */
const { CallLimits } = await import(built('throttling/call-limits.js'));
const { EarlierSpending } = await import(built('throttling/earlier-spending.js'));
const { limitDocument } = await import(built('throttling/limit-document.js'));
const { SharedCalls } = await import(built('throttling/leases/shared-calls.js'));
const { SharedWindows } = await import(built('throttling/leases/shared-windows.js'));
const { SharedRedis } = await import(built('replicas/shared-redis.js'));

const CALLS = 1_000_000;
const ROUNDS = 5;
const NANOSECONDS_PER_MICROSECOND = 1_000;
const HOUR_MS = 3_600_000;

const cases = [
  { callers: 1, windowMs: 1_000 },
  { callers: 1, windowMs: 60_000 },
  { callers: 1, windowMs: HOUR_MS },
  { callers: 10, windowMs: 60_000 },
  { callers: 50, windowMs: 60_000 },
  { callers: 200, windowMs: 1_000 },
  { callers: 200, windowMs: 60_000 },
  { callers: 200, windowMs: HOUR_MS },
];

/** Nanoseconds of processor time for each call. @param {(typeof cases)[number]} of */
function measure({ callers: count, windowMs }) {
  const settings = {
    maxRequestsPerMinute: CALLS * 10,
    rateLimitWindowMs: windowMs,
    maxRequestsPerHour: CALLS * 10,
    maxConcurrentCalls: 256,
    maxTokensPerDay: 0,
    limits: limitDocument.parse({}),
  };
  const audit = { prices: { services: {}, operations: {} } };
  const alone = new SharedCalls(new SharedWindows(new SharedRedis({ redisUrl: undefined }, {}, {})));
  const limits = new CallLimits(settings, new EarlierSpending({}, audit, settings), audit, alone);
  const operation = { id: 'gateway.echo', service: 'gateway', name: 'echo' };
  const callers = Array.from({ length: count }, (_, i) => ({
    id: `key-${i}`,
    kind: 'key',
    subject: 'agent',
    permissions: [],
  }));
  const call = { remainingMs: 30_000, signal: new AbortController().signal };
  const before = process.cpuUsage();
  for (let i = 0; i < CALLS; i += 1) {
    const caller = callers[i % count];
    if (!caller) continue;
    limits.admit(caller, operation, call);
    limits.leave(call);
    limits.headersFor(caller);
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * NANOSECONDS_PER_MICROSECOND) / CALLS;
}

for (const each of cases) measure(each); // for the compiler
/** @type {number[][]} */
const times = cases.map(() => []);
for (let round = 0; round < ROUNDS; round += 1) {
  for (let i = 0; i < cases.length; i += 1) {
    const at = (i + round) % cases.length;
    const of = cases[at];
    if (of) times[at]?.push(measure(of));
  }
}
const [first = NaN] = times.map(median);
console.log('| callers | window | ns per call | ratio |\n|---|---|---|---|');
cases.forEach(({ callers, windowMs }, i) => {
  const ns = median(times[i] ?? []);
  console.log(`| ${callers} | ${windowMs / 1_000} s | ${ns.toFixed(0)} | ${(ns / first).toFixed(2)} |`);
});
