import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../../access/access.decorator.js';
import { callOrigin } from '../../edge/call-origin.js';
import { Checked } from '../../execution/checked.pipe.js';
import { CallLimits } from '../../throttling/call-limits.js';
import { SlashCommands } from './slash-commands.js';

const commandBody = z.strictObject({ command: z.string() });

@Controller('mcp/execute')
@Access('any caller')
export class CommandsController {
  constructor(
    private readonly commands: SlashCommands,
    private readonly limits: CallLimits,
  ) {}

  @Post()
  @HttpCode(200)
  async execute(
    @Body(new Checked(commandBody)) { command }: z.output<typeof commandBody>,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const answer = await this.commands.run(command, callOrigin('commands', caller, request, response));
    response.set(this.limits.headersFor(caller)).type('application/json').send(answer);
  }
}
