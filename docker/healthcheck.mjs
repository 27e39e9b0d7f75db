// The image has no curl: asks /ready of the gateway beside it, as HEALTHCHECK and `docker compose up --wait` do.
// empty is as unset, as it is for the gateway
const port = process.env.PORT?.trim() || process.env.MCP_PORT?.trim() || '8100';
const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
process.exitCode = answer?.ok ? 0 : 1;
