import { Controller, Get } from '@nestjs/common';
import { Access } from '../access/access.decorator.js';
import { GatewayStatistics } from '../execution/gateway-statistics.js';
import { SecurityStatistics } from './security-statistics.js';

@Controller('api')
@Access('monitor')
export class StatisticsController {
  constructor(
    private readonly statistics: GatewayStatistics,
    private readonly security: SecurityStatistics,
  ) {}

  @Get('stats')
  stats() {
    return this.statistics.snapshot();
  }

  @Get('security/stats')
  securityStats() {
    return this.security.snapshot();
  }
}
