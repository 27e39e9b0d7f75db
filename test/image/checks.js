/** @typedef {{engine: import('./engine.js').Engine, name: string, url: string, key: string}} Running */

const node = (/** @type {Running} */ { engine, name }, /** @type {string} */ script) =>
  engine.ask('exec', name, 'node', '-e', script);

/** @param {Running} running @param {string} operation @param {object} input */
async function call({ url, key }, operation, input) {
  const answer = await fetch(`${url}/api/services/${operation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mcp-key': key },
    body: JSON.stringify(input),
  });
  return { status: answer.status, text: await answer.text() };
}

/** What holds of a gateway in a container: what it is called, and how that is seen. */
export const checks = /** @type {[string, (running: Running) => Promise<boolean>][]} */ ([
  ['it runs as user 1001', async (it) => (await node(it, 'console.log(process.getuid())')).output === '1001'],
  [
    'nothing can be written but /data and /tmp',
    async (it) => {
      const write = (/** @type {string} */ path) => node(it, `fs.writeFileSync('${path}/written', '')`);
      const codes = await Promise.all(
        ['/data', '/tmp', '/app', '/etc', '/'].map(async (path) => (await write(path)).code),
      );
      return codes.join() === '0,0,1,1,1';
    },
  ],
  ['it has no shell', async ({ engine, name }) => (await engine.ask('exec', name, 'sh', '-c', 'exit 0')).code !== 0],
  [
    'its health check passes',
    async ({ engine, name }) => (await engine.ask('exec', name, 'node', 'docker/healthcheck.mjs')).code === 0,
  ],
  ['a caller without a key is refused', async ({ url }) => (await fetch(`${url}/mcp/catalog`)).status === 401],
  [
    'the page is there',
    async ({ url }) => (await fetch(url)).headers.get('content-type')?.startsWith('text/html') === true,
  ],
  [
    'the page about operations is there',
    async ({ url, key }) => (await fetch(`${url}/docs`, { headers: { 'x-mcp-key': key } })).ok,
  ],
  [
    'an operation answers',
    async (it) => (await call(it, 'gateway/echo', { message: 'hello' })).text.includes('"hello"'),
  ],
  [
    'agents write files and search them',
    async (it) => {
      await call(it, 'workspace/write_file', { path: 'notes.txt', content: 'a needle in it\n' });
      return (await call(it, 'workspace/search_files', { path: '.', regex: 'needle' })).text.includes('notes.txt');
    },
  ],
  [
    'a program that is not in the image is named, and nothing breaks',
    async (it) => (await call(it, 'workspace/execute_command', { command: 'ls' })).text.includes('ls is not installed'),
  ],
  [
    'the command line works inside',
    async ({ engine, name, url, key }) => {
      const env = [`--env=MCP_GATEWAY_URL=${url}`, `--env=MCP_GATEWAY_KEY=${key}`];
      const words = ['node', 'dist/apps/cli/src/main.js', 'call', 'gateway.echo', 'message=inside'];
      return (await engine.ask('exec', ...env, name, ...words)).output.includes('inside');
    },
  ],
  [
    'a backup can be made',
    async ({ engine, name }) =>
      (await engine.ask('exec', name, 'node', 'dist/apps/gateway/src/backup.js', '/tmp/backup.tar.gz')).code === 0,
  ],
]);
