import { Controller, Get } from '@nestjs/common';
import { Access } from '../access/access.decorator.js';
import { GatewayStatistics } from '../execution/gateway-statistics.js';

@Controller('api')
@Access('monitor')
export class StatisticsController {
  constructor(private readonly statistics: GatewayStatistics) {}

  @Get('stats')
  stats() {
    return this.statistics.snapshot();
  }
}
