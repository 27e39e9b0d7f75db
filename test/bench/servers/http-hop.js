// The yardstick of an upstream over HTTP: node:http before, a keep-alive pool behind, and nothing between.
import { Pool } from 'undici';
import { listen } from './listen.js';

const { origin, pathname: path } = new URL(process.argv[2] ?? '');
const pool = new Pool(origin, { connections: 32 });
const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

listen(async (body) => {
  const answer = await pool.request({ path, method: 'POST', headers, body });
  return answer.body.text();
});
