// The image has no curl: asks /ready of the gateway beside it, as HEALTHCHECK and `docker compose up --wait` do.
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';

// empty is as unset, as it is for the gateway
const port = process.env.PORT?.trim() || process.env.MCP_PORT?.trim() || '8100';
// its certificate is of another name than this
const options = { host: '127.0.0.1', port, path: '/ready', timeout: 4_000, rejectUnauthorized: false };
process.exitCode = 1;

// whether it speaks TLS may stand in its config file
for (const get of [getPlain, getSecure]) {
  get(options, (answer) => {
    if (answer.statusCode === 200) process.exitCode = 0;
    answer.resume();
  })
    .on('timeout', () => process.exit())
    .on('error', () => undefined);
}
