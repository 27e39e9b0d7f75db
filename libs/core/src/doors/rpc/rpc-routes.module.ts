import { Module } from '@nestjs/common';
import { RpcController } from './rpc.controller.js';
import { RpcModule } from './rpc.module.js';

/** The addresses of the JSON-RPC door, when it is open. */
@Module({ imports: [RpcModule], controllers: [RpcController] })
export class RpcRoutesModule {}
