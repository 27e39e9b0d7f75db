import { Module } from '@nestjs/common';
import { Github } from './github.client.js';
import { GithubService } from './github.service.js';

@Module({ providers: [GithubService, Github] })
export class GithubModule {}
