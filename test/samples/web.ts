import { webServer } from '../../libs/outbound/src/testing/web-server.js';
import type { Sample, ServiceSamples } from './sample.js';

const page = '<html><head><title>A page</title></head><body><h1>Hello</h1><p>from the web</p></body></html>';

/** Asks a server of its own, which the gateway is allowed to reach. */
export async function webSamples(): Promise<ServiceSamples> {
  const server = await webServer((request, response) => {
    if (request.method === 'GET') response.setHeader('content-type', 'text/html').end(page);
    else response.setHeader('content-type', 'application/json').end('{"made": true}');
  });
  const withoutDate = ({ headers: { date, ...headers }, ...answer }: any) => ({ ...answer, headers });
  const samples: Record<string, Sample> = {
    'web.fetch_url': { input: { url: `${server.url}/page` }, command: `/mcp-web fetch_url ${server.url}/page` },
    'web.api_call': {
      input: { url: `${server.url}/things`, method: 'POST', body: { name: 'a' } },
      command: `/mcp-web api_call ${server.url}/things POST {"body": {"name": "a"}}`,
      stable: withoutDate,
    },
  };
  return { env: { WEB_ALLOWED_HOSTS: `127.0.0.1:${server.port}` }, samples, close: () => server.close() };
}
