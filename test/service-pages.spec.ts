import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createGateway } from '../apps/gateway/src/configure-app.js';
import { Catalog } from '../libs/core/src/catalog/catalog.js';
import { TokenCosts } from '../libs/core/src/catalog/token-costs.js';
import { servicePages } from '../scripts/service-pages.mjs';

it('docs/services has a page for each service, as it is declared; npm run docs:services writes them', async () => {
  const { app } = await createGateway({ MCP_SECRET_KEY: 'for a gateway that is never started', LOG_LEVEL: 'error' });
  const pages = servicePages(app.get(Catalog).services, await app.get(TokenCosts).all());
  const committed = readdirSync('docs/services').map(
    (name) => [name, readFileSync(`docs/services/${name}`, 'utf8')] as const,
  );
  expect(Object.fromEntries(committed)).toEqual(Object.fromEntries(pages));
  await app.close();
});
