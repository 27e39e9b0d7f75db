import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import type { Action, Caller } from '#libs/kit';
import { ROUTE_ACCESS, type RouteAccess } from './access.decorator.js';
import { PassportGate } from './passport-gate.js';
import { forbidden } from './permissions.js';
import { Policy } from './policy/policy.js';

/** The gate of every Nest route: recognises the caller and asks for the permission that the route declares. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly gate: PassportGate,
    private readonly policy: Policy,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const declared = this.reflector.getAllAndOverride<RouteAccess[] | undefined>(ROUTE_ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    const [access, ...others] = declared ?? [];
    if (access === 'public' || access === 'signed') return true;

    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user: Caller }>();
    const caller = await this.gate.recognise(request, http.getResponse<Response>());
    request.user = caller;
    if (access === 'any caller') return true;
    const what = `${request.method} ${request.path}`;
    if (access === undefined) throw forbidden(caller, what, 'admin');
    const isOpen = others.some((action) => this.policy.mayAct(caller, action as Action));
    if (!isOpen) this.policy.requireAct(caller, access, what);
    return true;
  }
}
