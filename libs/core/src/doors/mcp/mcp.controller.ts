import { All, Body, Controller, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../../access/access.decorator.js';
import { callOrigin } from '../../edge/call-origin.js';
import { asOperationError, errorHeaders, faceOf } from '../../errors/error-table.js';
import { errorJson } from '../../errors/json-rpc-error.js';
import { McpDoor } from './mcp-door.js';

/** The plain path of the MCP door, taken with HOT_PATH=off; the edge answers this address otherwise. */
@Controller('mcp')
@Access('any caller')
export class McpController {
  constructor(private readonly door: McpDoor) {}

  @All()
  async answer(
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const origin = callOrigin('mcp', caller, request, response);
    try {
      await this.door.answer(body, origin, request, response, {});
    } catch (thrown) {
      const error = asOperationError(thrown);
      response.status(faceOf(error).rpcStatus).set(errorHeaders(error));
      response.type('application/json').send(errorJson(null, error, origin.requestId));
    }
  }
}
