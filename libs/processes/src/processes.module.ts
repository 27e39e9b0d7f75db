import { Global, Module } from '@nestjs/common';
import { findSandbox, Sandbox } from './sandbox.js';

/** What this system has to shut processes in with, found out once. Injectable by core and by every service. */
@Global()
@Module({ providers: [{ provide: Sandbox, useFactory: findSandbox }], exports: [Sandbox] })
export class ProcessesModule {}
