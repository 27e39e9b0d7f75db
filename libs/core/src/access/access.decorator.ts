import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Action, Caller } from '#libs/kit';

/** Who may use something: anyone at all, any caller who is known, or callers who hold an action. */
export type CallerAccess = 'public' | 'any caller' | Action;

/** The same for a route, or whoever has signed the body, which the route itself checks. */
export type RouteAccess = CallerAccess | 'signed';

export const ROUTE_ACCESS = 'mcp:route-access';

/**
 * Declares who may use a route, or all routes of a controller; of several actions one is enough. A route without it is
 * refused to everyone.
 */
export const Access = (access: RouteAccess, ...others: Action[]) => SetMetadata(ROUTE_ACCESS, [access, ...others]);

/** The caller that the guard recognised. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  return context.switchToHttp().getRequest<Request & { user: Caller }>().user;
});
