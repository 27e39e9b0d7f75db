import { Module } from '@nestjs/common';
import { PageThreads } from './page/page-threads.js';
import { WebService } from './web.service.js';

@Module({ providers: [WebService, PageThreads] })
export class WebModule {}
