import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import { McpController } from './mcp.controller.js';
import { McpModule } from './mcp.module.js';
import { ProtectedResourceController } from './protected-resource.controller.js';

/** The addresses of the MCP door, when it is open. */
@Module({ imports: [AccessModule, McpModule], controllers: [McpController, ProtectedResourceController] })
export class McpRoutesModule {}
