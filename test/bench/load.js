// Keeps a number of connections busy with JSON-RPC calls for a while, over bare sockets: an HTTP client costs more than
// the server that is measured. Prints {"requests", "seconds", "cpuMicros"} of its own.
import { connect } from 'node:net';
import { hrtime, argv, cpuUsage } from 'node:process';

const [url = '', seconds = '1', connections = '32', request = '{}'] = argv.slice(2);
/** @type {import('./requests.js').LoadRequest} */
const { headers, body } = JSON.parse(request);
const { host, hostname, port, pathname } = new URL(url);
const HEAD_END = Buffer.from('\r\n\r\n');
const fields = Object.entries({ Host: host, 'Content-Type': 'application/json', ...headers });
const head = `POST ${pathname} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`;
const [before = '', after = ''] = body.split('$ID');
let id = 0;
let requests = 0;
let over = false;

function nextRequest() {
  id += 1;
  const text = `${before}${id}${after}`;
  return `${head}Content-Length: ${text.length}\r\n\r\n${text}`;
}

/** @param {Buffer} answer @returns {number} bytes of the whole answer; 0 while it is incomplete */
function lengthOf(answer) {
  const head = answer.indexOf(HEAD_END);
  if (head === -1) return 0;
  const text = answer.toString('latin1', 0, head);
  if (!text.startsWith('HTTP/1.1 200')) throw new Error(`Not answered with 200: ${answer.toString()}`);
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
  const end = head + HEAD_END.length + length;
  return answer.length >= end ? end : 0;
}

/** What is refused is answered fast. @param {string} answer */
function requireResult(answer) {
  if (/"error":|"isError":true/.test(answer)) throw new Error(`The call failed: ${answer}`);
}

function open() {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    /** @type {Buffer} */
    let held = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      if (lengthOf(held) === 0) return;
      if (requests === 0) requireResult(held.toString());
      held = Buffer.alloc(0);
      requests += 1;
      if (over) socket.end();
      else socket.write(nextRequest());
    });
    socket.once('error', reject);
    socket.once('close', resolve);
    socket.write(nextRequest());
  });
}

const startedAt = hrtime.bigint();
setTimeout(
  () => {
    over = true;
  },
  Number(seconds) * 1_000,
);
await Promise.all(Array.from({ length: Number(connections) }, open));
const { user, system } = cpuUsage();
console.log(JSON.stringify({ requests, seconds: Number(hrtime.bigint() - startedAt) / 1e9, cpuMicros: user + system }));
