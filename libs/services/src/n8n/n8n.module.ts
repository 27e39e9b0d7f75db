import { Module } from '@nestjs/common';
import { N8nClient } from './n8n-client.js';
import { N8nService } from './n8n.service.js';

@Module({ providers: [N8nService, N8nClient] })
export class N8nModule {}
