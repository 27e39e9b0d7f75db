import { Module } from '@nestjs/common';
import { DockerService } from './docker.service.js';
import { Engine } from './engine.js';

@Module({ providers: [DockerService, Engine] })
export class DockerModule {}
