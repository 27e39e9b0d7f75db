import { Injectable, type ExecutionContext } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import type { Caller } from '#libs/kit';
import { tooManyChanges } from './admin-changes.js';

interface RoutedRequest {
  method: string;
  route: { path: string };
  user: Caller;
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);
const ADMINISTRATION = /^\/(?:admin|config)(?:\/|$)/;

/** Whether a request is for a route that changes the gateway itself. */
export function changesTheGateway(context: ExecutionContext): boolean {
  const { method, route } = context.switchToHttp().getRequest<RoutedRequest>();
  // as the route is declared: the address that was asked for may be written in other letters
  return !reading.has(method) && ADMINISTRATION.test(route.path);
}

/** A tighter limit for requests that change the gateway itself, one budget per caller. Runs after the guard that knows the caller. */
@Injectable()
export class AdminChangesGuard extends ThrottlerGuard {
  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    return !changesTheGateway(context);
  }

  protected override async getTracker({ user }: { user?: Caller }): Promise<string> {
    return user?.id ?? '';
  }

  /** The same for all routes. */
  protected override generateKey(_context: ExecutionContext, caller: string): string {
    return caller;
  }

  protected override async throwThrottlingException(
    context: ExecutionContext,
    { limit, timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    const { user } = context.switchToHttp().getRequest<RoutedRequest>();
    throw tooManyChanges(user, limit, timeToBlockExpire);
  }
}
