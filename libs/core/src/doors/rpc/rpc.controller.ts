import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../../access/access.decorator.js';
import { callOrigin } from '../../edge/call-origin.js';
import { RpcDoor } from './rpc-door.js';

/** The plain path of the JSON-RPC door, taken with HOT_PATH=off; the edge answers these addresses otherwise. */
@Controller()
@Access('any caller')
export class RpcController {
  constructor(private readonly door: RpcDoor) {}

  @Post([...RpcDoor.paths])
  async answer(
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const answer = await this.door.answer(body, callOrigin('rpc', caller, request, response));
    const { status, json } = answer;
    response.status(status).set(this.door.headersOf(answer, caller));
    if (json === undefined) response.end();
    else response.type('application/json').send(json);
  }
}
