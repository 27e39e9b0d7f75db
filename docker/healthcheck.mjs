// The image has no curl: asks /ready of the gateway beside it, as HEALTHCHECK and `docker compose up --wait` do.
const port = process.env.PORT ?? process.env.MCP_PORT ?? '8100';
const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
process.exitCode = answer?.ok ? 0 : 1;
