import { Injectable, SetMetadata, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { Caller } from '#libs/kit';
import { callOrigin } from '../edge/call-origin.js';
import { ADMINISTRATION, AuditedActs } from '../observability/audit/audited-acts.js';
import { changesTheGateway } from '../throttling/admin-changes.guard.js';

const IN_THE_AUDIT = 'mcp-gateway:in-the-audit';

/** Marks a route whose work writes itself down, by whichever way it is asked for. */
export const WritesItselfDown = () => SetMetadata(IN_THE_AUDIT, true);

/** Every request that changes the gateway leaves a line: `administration` did `ip-blocks.create`, with what was given. */
@Injectable()
export class AdministrationAudit implements NestInterceptor {
  constructor(
    private readonly acts: AuditedActs,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = context.getHandler();
    if (!changesTheGateway(context) || this.reflector.get(IN_THE_AUDIT, handler)) return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user: Caller }>();
    const origin = callOrigin('rest', request.user, request, http.getResponse<Response>());
    const [place = ''] = this.reflector.get<string>(PATH_METADATA, context.getClass()).split('/').slice(-1);
    const given = { ...request.params, ...(request.body as object | undefined) };
    const act = () => lastValueFrom(next.handle(), { defaultValue: undefined });
    return from(this.acts.run(`${ADMINISTRATION}.${place}.${handler.name}`, given, origin, act));
  }
}
