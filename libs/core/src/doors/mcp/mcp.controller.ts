import { Body, Controller, Delete, Get, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../../access/access.decorator.js';
import { callOrigin } from '../../edge/call-origin.js';
import { McpDoor } from './mcp-door.js';

/** The plain path of the MCP door, taken with HOT_PATH=off; the edge answers this address otherwise. */
@Controller(['mcp', 'mcp/servers/:upstream', 'mcp/toolsets/:toolset'])
@Access('any caller')
export class McpController {
  constructor(private readonly door: McpDoor) {}

  @Post()
  async post(
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.door.answer(body, callOrigin('mcp', caller, request, response), request, response, {});
  }

  @Get()
  stream(@CurrentCaller() caller: Caller, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.post(undefined, caller, request, response);
  }

  @Delete()
  end(@CurrentCaller() caller: Caller, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.post(undefined, caller, request, response);
  }
}
