// Keeps a number of connections busy with JSON-RPC calls for a while, over bare sockets: an HTTP client costs more than
// the server that is measured. Prints {"requests", "seconds", "cpuMicros", "p50Ms", "p99Ms"}, the processor time its own.
import { connect } from 'node:net';
import { argv, cpuUsage } from 'node:process';

const [urls = '', seconds = '1', connections = '32', request = '{}'] = argv.slice(2);
/** @type {import('./requests.js').LoadRequest} */
const { headers, body, keys = [] } = JSON.parse(request);
const targets = urls.split(',').map((url) => new URL(url));
const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = '0\r\n\r\n';
const pieces = body.split('$ID');
/** @type {number[]} milliseconds of each request */
const times = [];
let id = 0;
let over = false;

/** As each key sends it. @param {URL} target */
function headsFor({ pathname, host }) {
  const each = keys.length === 0 ? [headers] : keys.map((key) => ({ ...headers, 'X-MCP-Key': key }));
  return each.map((headers) => {
    const fields = Object.entries({ Host: host, 'Content-Type': 'application/json', ...headers });
    return `POST ${pathname} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`;
  });
}

/** @param {string[]} heads */
function nextRequest(heads) {
  id += 1;
  const text = pieces.join(String(id));
  return `${heads[id % heads.length]}Content-Length: ${text.length}\r\n\r\n${text}`;
}

/** Knows when the answer is whole, to which chunks are given one after the other. */
function answerReader() {
  /** @type {Buffer[]} */
  let chunks = [];
  let left = 0; // bytes; known once the head is there, and Infinity where the answer itself tells its end
  let headSeen = false;
  return (/** @type {Buffer} */ chunk) => {
    chunks.push(chunk);
    left -= chunk.length;
    if (!headSeen) {
      const answer = Buffer.concat(chunks);
      const head = answer.indexOf(HEAD_END);
      if (head === -1) return undefined;
      headSeen = true;
      left = lengthOf(answer, head) - answer.length;
    }
    const ended =
      left === Infinity ? chunk.toString('latin1', chunk.length - LAST_CHUNK.length) === LAST_CHUNK : left <= 0;
    if (!ended) return undefined;
    const answer = chunks;
    chunks = [];
    headSeen = false;
    return answer;
  };
}

/** @param {Buffer} answer @param {number} head where its head ends */
function lengthOf(answer, head) {
  const text = answer.toString('latin1', 0, head);
  if (!text.startsWith('HTTP/1.1 200')) throw new Error(`Not answered with 200: ${answer.toString()}`);
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  return length === undefined ? Infinity : head + HEAD_END.length + Number(length);
}

/** What is refused is answered fast. @param {string} answer */
function requireResult(answer) {
  if (/"error":\{"code"|"isError":true/.test(answer)) throw new Error(`The call failed: ${answer}`);
}

/** @param {unknown} _ @param {number} index */
function open(_, index) {
  const target = targets[index % targets.length] ?? new URL('');
  const heads = headsFor(target);
  const read = answerReader();
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    let sentAt = performance.now();
    socket.on('data', (chunk) => {
      const answer = read(chunk);
      if (!answer) return;
      if (times.length < targets.length) requireResult(Buffer.concat(answer).toString());
      const now = performance.now();
      times.push(now - sentAt);
      sentAt = now;
      if (over) socket.end();
      else socket.write(nextRequest(heads));
    });
    socket.once('error', reject);
    socket.once('close', resolve);
    socket.write(nextRequest(heads));
  });
}

const startedAt = performance.now();
setTimeout(
  () => {
    over = true;
  },
  Number(seconds) * 1_000,
);
await Promise.all(Array.from({ length: Number(connections) }, open));
const elapsed = (performance.now() - startedAt) / 1_000;
const { user, system } = cpuUsage();
times.sort((a, b) => a - b);
const at = (/** @type {number} */ part) => times[Math.floor(times.length * part)];
console.log(
  JSON.stringify({
    requests: times.length,
    seconds: elapsed,
    cpuMicros: user + system,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }),
);
