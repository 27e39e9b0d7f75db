import { Module } from '@nestjs/common';
import { McpController } from './mcp.controller.js';
import { McpModule } from './mcp.module.js';

/** The address of the MCP door, when it is open. */
@Module({ imports: [McpModule], controllers: [McpController] })
export class McpRoutesModule {}
