import { Injectable, SetMetadata, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { Caller } from '#libs/kit';
import { Configuration } from '../config/configuration.js';
import { callOrigin } from '../edge/call-origin.js';
import { ADMINISTRATION } from '../catalog/names.js';
import { AuditedActs } from '../observability/audit/audited-acts.js';
import { changesTheGateway } from '../throttling/admin-changes.guard.js';
import type { RecordedBody } from './recorded-body.js';

const NOT_HERE = 'mcp-gateway:not-audited-here';

/** Marks a route whose work writes itself down, by whichever way it is asked for. */
export const WritesItselfDown = () => SetMetadata(NOT_HERE, true);

/** Marks a route that is asked by POST and only answers. */
export const ChangesNothing = () => SetMetadata(NOT_HERE, true);

const RECORDED = 'mcp-gateway:recorded-in-the-audit';

/** Says what of a body the account holds, where that may have secrets that no rule would know. */
export const Records = (recorded: RecordedBody) => SetMetadata(RECORDED, recorded);

/** Every request that changes the gateway leaves a line: `administration` did `ip-blocks.create`, with what was given. */
@Injectable()
export class AdministrationAudit implements NestInterceptor {
  constructor(
    private readonly acts: AuditedActs,
    private readonly reflector: Reflector,
    private readonly configuration: Configuration,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = context.getHandler();
    if (!changesTheGateway(context) || this.reflector.get(NOT_HERE, handler)) return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user: Caller }>();
    const origin = callOrigin('rest', request.user, request, http.getResponse<Response>());
    const [place = ''] = this.reflector.get<string>(PATH_METADATA, context.getClass()).split('/').slice(-1);
    const recorded = this.reflector.get<RecordedBody | undefined>(RECORDED, handler);
    const body = { ...(request.body as object | undefined) };
    // what the address names is what is done, whatever a body says
    const given = { ...(recorded?.(body, this.configuration.keys) ?? body), ...request.params };
    const act = () => lastValueFrom(next.handle(), { defaultValue: undefined });
    return from(this.acts.run(`${ADMINISTRATION}.${place}.${handler.name}`, given, origin, act));
  }
}
