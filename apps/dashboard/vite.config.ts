import { join } from 'node:path';
import { defineConfig } from 'vite';

const GATEWAY = 'http://127.0.0.1:8100';
const addresses = ['/admin', '/api', '/mcp', '/config', '/logs', '/metrics', '/health', '/ready', '/openapi.json'];

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: join(import.meta.dirname, '../../dist/apps/dashboard'),
    emptyOutDir: true,
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // nothing may stand inline: the page's policy forbids it
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  logLevel: 'warn',
  // `npm run dev:page` beside a gateway that runs
  server: {
    proxy: {
      ...Object.fromEntries(addresses.map((address) => [address, GATEWAY])),
      '/socket.io': { target: GATEWAY, ws: true },
    },
  },
});
