import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../../access/access.decorator.js';
import { callOrigin } from '../../edge/call-origin.js';
import { envelope } from '../../execution/envelope.js';
import { OperationExecutor } from '../../execution/operation-executor.js';
import { CallLimits } from '../../throttling/call-limits.js';

/** Every operation as one address; the body is its input. */
@Controller('api/services')
@Access('any caller')
export class ServicesController {
  constructor(
    private readonly executor: OperationExecutor,
    private readonly limits: CallLimits,
  ) {}

  @Post(':service/:operation')
  @HttpCode(200)
  async call(
    @Param('service') service: string,
    @Param('operation') operation: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const origin = callOrigin('rest', caller, request, response);
    const result = await this.executor.execute(`${service}.${operation}`, body ?? {}, origin);
    response.set(this.limits.headersFor(caller)).type('application/json').send(envelope(result));
  }
}
