// `npm run try:n8n`: drives the gateway's n8n operations against a real n8n, and prints what held. Needs Node 20 and 1.6 GB
// of disk; nothing is asked of anybody but npm's registry.
import { join } from 'node:path';
import { remove, startGateway, startPostgres, temporaryDirectory } from '../faults/gateway.js';
import { install, startN8n } from './real-n8n.js';
import { fromEditor, steps } from './steps.js';
import { watch } from './watched.js';

install();
const directory = temporaryDirectory();
const log = join(import.meta.dirname, 'n8n.log');
const postgres = await startPostgres(join(directory, 'postgres'));
/** @type {(() => Promise<unknown>)[]} in the order in which they were started */
const started = [() => postgres.server.stop()];
try {
  process.exitCode = (await drive()) ? 0 : 1;
} finally {
  for (const stop of started.reverse()) await stop();
  remove(directory);
}

async function drive() {
  await postgres.server.asAdmin('postgres', async (admin) => {
    await admin.query(`CREATE ROLE n8n LOGIN PASSWORD 'n8n'`);
    await admin.query('CREATE DATABASE n8n OWNER n8n');
  });
  const database = { port: postgres.server.port, name: 'n8n', user: 'n8n', password: 'n8n' };
  const n8n = await startN8n({ directory, database, log });
  started.push(n8n.stop);
  const headers = { 'x-n8n-api-key': n8n.key, 'content-type': 'application/json' };
  await fetch(`${n8n.url}/api/v1/tags`, { method: 'POST', headers, body: '{"name": "production"}' });
  await n8n.edit('/rest/workflows', fromEditor);
  const watched = await watch(n8n.url);
  started.push(async () => watched.close());
  const env = { DATA_DIR: join(directory, 'data'), N8N_API_URL: watched.url, N8N_API_KEY: n8n.key };
  const gateway = await startGateway(env);
  started.push(() => gateway.stop());

  console.log(`n8n ${n8n.version}, node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`);
  console.log('| operation | what it shows | ms | |\n|---|---|---|---|');
  let all = true;
  for (const each of steps) {
    const { operation, input = {}, what, holds } = typeof each === 'function' ? each() : each;
    const { status, body, ms } = await gateway.post(`/api/services/n8n/${operation}`, input);
    const text = JSON.stringify(body);
    const held = holds({ status, data: body?.data, error: body?.error }) && !text.includes(n8n.key);
    console.log(`| ${operation} | ${what} | ${ms.toFixed(0)} | ${held ? 'holds' : 'FAILS'} |`);
    if (!held) console.error(text);
    all &&= held;
  }
  console.log(`\nRequests against n8n's own description: ${watched.wrongRequests.size}`);
  for (const each of watched.wrongRequests) console.log(`  ${each}`);
  console.log(`Answers in which n8n differs from it: ${watched.otherAnswers.size}`);
  for (const each of watched.otherAnswers) console.log(`  ${each}`);
  return all && watched.wrongRequests.size === 0;
}
