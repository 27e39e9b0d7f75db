import { Module } from '@nestjs/common';
import { ExecutionModule } from '../../execution/execution.module.js';
import { ThrottlingModule } from '../../throttling/throttling.module.js';
import { CommandsController } from './commands.controller.js';
import { SlashCommands } from './slash-commands.js';

@Module({
  imports: [ExecutionModule, ThrottlingModule],
  controllers: [CommandsController],
  providers: [SlashCommands],
})
export class CommandsModule {}
