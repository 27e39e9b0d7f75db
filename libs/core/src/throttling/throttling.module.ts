import { Module } from '@nestjs/common';
import { CallerLimits } from './caller-limits.js';

@Module({ providers: [CallerLimits], exports: [CallerLimits] })
export class ThrottlingModule {}
