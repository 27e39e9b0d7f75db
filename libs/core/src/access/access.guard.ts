import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import type { Caller } from '#libs/kit';
import { ROUTE_ACCESS, type RouteAccess } from './access.decorator.js';
import { PassportGate } from './passport-gate.js';
import { forbidden, mayAct } from './permissions.js';

/** The gate of every Nest route: recognises the caller and asks for the permission that the route declares. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly gate: PassportGate,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<RouteAccess | undefined>(ROUTE_ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;

    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user: Caller }>();
    const caller = await this.gate.recognise(request, http.getResponse<Response>());
    request.user = caller;
    if (access === 'any caller') return true;
    if (access === undefined || !mayAct(caller, access)) {
      throw forbidden(caller, `${request.method} ${request.path}`, access ?? 'admin');
    }
    return true;
  }
}
