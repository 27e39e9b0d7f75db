import { Module } from '@nestjs/common';
import { ExecutionModule } from '../../execution/execution.module.js';
import { ThrottlingModule } from '../../throttling/throttling.module.js';
import { DocsController } from './docs.controller.js';
import { OpenApiTexts } from './open-api-texts.js';
import { ServicesController } from './services.controller.js';

@Module({
  imports: [ExecutionModule, ThrottlingModule],
  controllers: [ServicesController, DocsController],
  providers: [OpenApiTexts],
})
export class RestModule {}
