import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { OperationError, type Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../../access/access.decorator.js';
import { Catalog } from '../../catalog/catalog.js';
import { OpenApiTexts } from './open-api-texts.js';

const assetFolder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const assets = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']);

/** Everything comes from this address; Swagger UI sets inline styles and shows inlined pictures. */
const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>MCP Gateway: operations</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="operations"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#operations',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
});
`;

/** The OpenAPI document, and a page that shows it and needs nothing from elsewhere. */
@Controller()
@Access('any caller')
export class DocsController {
  constructor(
    private readonly catalog: Catalog,
    private readonly texts: OpenApiTexts,
  ) {}

  @Get('openapi.json')
  document(@CurrentCaller() caller: Caller, @Res() response: Response): void {
    response.type('application/json').send(this.texts.of(this.catalog.visibleOperations(caller)));
  }

  @Get('docs')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', CONTENT_POLICY)
  page(): string {
    return page;
  }

  @Get('docs/start.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  start(): string {
    return start;
  }

  @Get('docs/:asset')
  asset(@Param('asset') asset: string, @Res() response: Response): void {
    if (!assets.has(asset)) throw new OperationError('unknown', 'The documentation page has no such file');
    response.sendFile(join(assetFolder, asset), { maxAge: '1h', dotfiles: 'allow' });
  }
}
