import { Controller, Get, Req } from '@nestjs/common';
import type { Request } from 'express';
import { OperationError } from '#libs/kit';
import { Access } from '../../access/access.decorator.js';
import { Authenticator } from '../../access/authenticator.js';
import { METADATA_PATH, ProtectedResource } from './protected-resource.js';

/** Tells clients without a token where they get one. */
@Controller(METADATA_PATH)
@Access('public')
export class ProtectedResourceController {
  constructor(
    private readonly resource: ProtectedResource,
    private readonly authenticator: Authenticator,
  ) {}

  @Get(['', 'mcp'])
  async metadata(@Req() request: Request) {
    // nobody needs a credential here, but one that is presented must be good, as everywhere
    await this.authenticator.identifyIfKnown(request);
    const metadata = this.resource.metadata(request);
    if (metadata) return metadata;
    throw new OperationError('unknown', 'No authorization server is configured here; send a key as X-MCP-Key', {
      didYouMean: [],
    });
  }
}
