import { Controller, Get, Req, Res, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import type { Request, Response } from 'express';
import { OperationError } from '#libs/kit';
import { Access } from '../access/access.decorator.js';
import { Authenticator } from '../access/authenticator.js';
import { Policy } from '../access/policy/policy.js';
import { GatewayVersion } from '../config/gateway-version.js';
import { AllowedHosts } from '../edge/allowed-hosts.js';
import { ReadinessIndicators } from './readiness-indicators.js';
import { Vitals } from './vitals.js';

/** For probes and people; answers under any `Host`, so details are kept from hosts that are not ours. */
@Controller()
@Access('public')
export class HealthController {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly hosts: AllowedHosts,
    private readonly checks: HealthCheckService,
    private readonly indicators: ReadinessIndicators,
    private readonly version: GatewayVersion,
    private readonly vitals: Vitals,
    private readonly policy: Policy,
  ) {}

  @Get('health')
  async health(@Req() request: Request) {
    const mayKnow = await this.mayKnow(request);
    return {
      status: 'healthy',
      timestamp: new Date().toISOString(),
      version: this.version.number,
      uptime: process.uptime(),
      ...(mayKnow && this.vitals.snapshot()),
    };
  }

  @Get('ready')
  async ready(@Req() request: Request, @Res({ passthrough: true }) response: Response) {
    const mayKnow = await this.mayKnow(request);
    const { status, ...details } = await this.check();
    if (status !== 'ok') response.status(503);
    return { status, ...(mayKnow ? details : { info: {}, error: {}, details: {} }) };
  }

  /** Throws `unauthenticated` for a bad credential, as every route does. */
  private async mayKnow(request: Request): Promise<boolean> {
    try {
      const caller = await this.authenticator.identifyIfKnown(request);
      return caller !== undefined && this.policy.mayAct(caller, 'monitor') && this.hosts.serves(request);
    } catch (error) {
      // what can't be checked as long as the store or an issuer has not come up; probes are answered then too
      if (error instanceof OperationError && error.kind === 'unavailable') return false;
      throw error;
    }
  }

  private async check(): Promise<HealthCheckResult> {
    try {
      return await this.checks.check(this.indicators.all());
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }
}
