// Whether a gateway does for an official client what it is measured by.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';

const START_MS = 30_000;
const LOOK_AGAIN_MS = 100;

/** Waits until it does. @param {string} url @param {new (url: URL) => any} Transport @param {string} tool */
export async function answersClients(url, Transport, tool) {
  const giveUpAt = performance.now() + START_MS;
  for (;;) {
    try {
      await echo(new Transport(new URL(url)), tool);
      return;
    } catch (error) {
      if (performance.now() > giveUpAt) throw new Error(`${url} does not serve clients`, { cause: error });
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

/** @param {any} transport @param {string} name */
async function echo(transport, name) {
  const client = new Client({ name: 'bench', version: '1' });
  try {
    await client.connect(transport);
    const { content } = await client.callTool({ name, arguments: { message: 'hello' } });
    if (!JSON.stringify(content).includes('hello')) throw new Error(`It answered ${JSON.stringify(content)}`);
  } finally {
    await client.close();
    await transport.close(); // which the client forgets where it could not connect
  }
}
