import { Global, Module } from '@nestjs/common';
import { ContainerQuestions } from '#libs/kit';
import { AskedEngine } from './asked-engine.js';
import { DockerService } from './docker.service.js';
import { Engine } from './engine.js';

/** Global, since the command `docker` of the workspace asks the same engine. */
@Global()
@Module({
  providers: [DockerService, Engine, { provide: ContainerQuestions, useClass: AskedEngine }],
  exports: [ContainerQuestions],
})
export class DockerModule {}
