import { Module } from '@nestjs/common';
import { ExecutionModule } from '../../execution/execution.module.js';
import { ThrottlingModule } from '../../throttling/throttling.module.js';
import { RpcDoor } from './rpc-door.js';
import { RpcMethods } from './rpc-methods.js';

@Module({ imports: [ExecutionModule, ThrottlingModule], providers: [RpcDoor, RpcMethods], exports: [RpcDoor] })
export class RpcModule {}
