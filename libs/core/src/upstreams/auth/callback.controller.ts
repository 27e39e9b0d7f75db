import { Controller, Get, Header, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { OperationError } from '#libs/kit';
import { Access } from '../../access/access.decorator.js';
import { Authenticator } from '../../access/authenticator.js';
import { Checked } from '../../execution/checked.pipe.js';
import { SupervisedUpstreams } from '../supervised-upstreams.js';
import { UpstreamCredentials } from './upstream-credentials.js';

const text = z.string().min(1).max(8_192);
/** Authorization servers may add what they like. */
const query = z.object({ state: text, code: text.optional(), iss: text.optional(), error: text.optional() });

const checked = new Checked(query);

/** Where people come back to when they have let the gateway use an upstream for them. The state says for whom. */
@Controller('oauth/callback')
@Access('public')
export class CallbackController {
  constructor(
    private readonly credentials: UpstreamCredentials,
    private readonly upstreams: SupervisedUpstreams,
    private readonly authenticator: Authenticator,
  ) {}

  @Get()
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('cache-control', 'no-store')
  @Header('referrer-policy', 'no-referrer')
  async finish(@Req() request: Request, @Query() given: unknown): Promise<string> {
    // nobody needs a credential here, but one that is presented must be good, as everywhere
    await this.authenticator.identifyIfKnown(request);
    const { state, code, iss, error } = checked.transform(given);
    const { upstream, callerId } = this.credentials.readState(state);
    const authorization = this.upstreams.find(upstream)?.authorizationOf(callerId);
    if (!authorization) throw new OperationError('unknown', `The upstream ${upstream} is no longer there`);
    if (code === undefined) {
      const why = error === undefined ? '' : ` (${error.replace(/[^\w .-]/g, '').slice(0, 80)})`;
      throw new OperationError('failed', `The upstream ${upstream} was not authorized${why}`);
    }
    await authorization.finish(code, iss);
    return `The gateway may now use ${upstream} for the caller ${callerId}. You can close this page.`;
  }
}
