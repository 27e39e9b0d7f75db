import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import { DashboardController } from './dashboard.controller.js';
import { PageFiles } from './page-files.js';

@Module({})
export class DashboardModule {
  /** @param folder the built page */
  static of(folder: string): DynamicModule {
    return {
      module: DashboardModule,
      imports: [AccessModule],
      controllers: [DashboardController],
      providers: [{ provide: PageFiles, useFactory: () => new PageFiles(folder) }],
    };
  }
}
