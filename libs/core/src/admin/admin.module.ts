import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ConfigController } from './config.controller.js';
import { TokensController } from './tokens.controller.js';

@Module({ imports: [AccessModule], controllers: [ApiKeysController, ConfigController, TokensController] })
export class AdminModule {}
