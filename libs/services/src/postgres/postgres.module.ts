import { Module } from '@nestjs/common';
import { Databases } from './databases.js';
import { PostgresService } from './postgres.service.js';
import { QueryPages } from './query-pages.js';
import { SqlGuard } from './sql-guard.js';

@Module({ providers: [PostgresService, Databases, QueryPages, SqlGuard] })
export class PostgresModule {}
