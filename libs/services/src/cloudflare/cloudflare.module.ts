import { Module } from '@nestjs/common';
import { CloudflareApi } from './cloudflare-api.js';
import { CloudflareService } from './cloudflare.service.js';
import { Zones } from './zones.js';

@Module({ providers: [CloudflareService, CloudflareApi, Zones] })
export class CloudflareModule {}
