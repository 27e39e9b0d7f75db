import { Global, Module } from '@nestjs/common';
import { Policy } from './policy.js';

/** Global, since every room asks it. */
@Global()
@Module({ providers: [Policy], exports: [Policy] })
export class PolicyModule {}
