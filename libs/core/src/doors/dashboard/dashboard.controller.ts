import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { OperationError } from '#libs/kit';
import { Access } from '../../access/access.decorator.js';
import { Authenticator } from '../../access/authenticator.js';
import { PageFiles, type PageFile } from './page-files.js';

/**
 * Everything comes from this address, and no text can become a script: the page may not even assign markup.
 * `'self'` covers the WebSocket of the same address.
 */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const YEAR_SECONDS = 31_536_000;

/** The web page. It is for everybody; what it shows, it asks for with the credential of whoever looks at it. */
@Controller()
@Access('public')
export class DashboardController {
  constructor(
    private readonly files: PageFiles,
    private readonly authenticator: Authenticator,
  ) {}

  @Get()
  async index(@Req() request: Request, @Res() response: Response): Promise<void> {
    // a credential that is presented is checked, here too
    await this.authenticator.identifyIfKnown(request);
    if (!this.files.index) throw new OperationError('unknown', 'The page is not built: run npm run build');
    response.setHeader('content-security-policy', CONTENT_POLICY);
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    send(this.files.index, 'no-cache', request, response);
  }

  /** Their names change with their contents. */
  @Get('assets/:name')
  async asset(@Param('name') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.authenticator.identifyIfKnown(request);
    const file = this.files.asset(name);
    if (!file) throw new OperationError('unknown', 'The page has no such file');
    send(file, `public, max-age=${YEAR_SECONDS}, immutable`, request, response);
  }
}

function send(file: PageFile, cacheControl: string, request: Request, response: Response): void {
  response.setHeader('cache-control', cacheControl);
  response.setHeader('etag', file.etag);
  response.append('vary', 'Accept-Encoding');
  if (request.headers['if-none-match'] === file.etag) {
    response.status(304).end();
    return;
  }
  const isGzip = request.acceptsEncodings('gzip') === 'gzip';
  if (isGzip) response.setHeader('content-encoding', 'gzip');
  response.setHeader('content-type', file.contentType);
  response.end(isGzip ? file.gzipped : file.bytes);
}
