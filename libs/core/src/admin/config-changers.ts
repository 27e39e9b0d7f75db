import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Caller } from '#libs/kit';
import { AccessSettings } from '../access/access.settings.js';
import type { PolicyDocument } from '../access/policy/policy-document.js';
import type { Changer } from '../config/config-decisions.js';
import { REQUEST_ID_HEADER } from '../edge/call-origin.js';
import { refuseLockOut } from './lock-out.js';
import { PolicyReview } from './policy-review.js';

/** Knows who changes settings, and what may not come of it. */
@Injectable()
export class ConfigChangers {
  constructor(
    private readonly access: AccessSettings,
    private readonly review: PolicyReview,
  ) {}

  of(caller: Caller, request: Request, response: Response): Changer {
    return {
      caller,
      requestId: String(response.getHeader(REQUEST_ID_HEADER)),
      refuseLockOut: (after) => {
        refuseLockOut(request, this.access, after);
        const policies = after.get('policies') as PolicyDocument | undefined;
        if (policies) this.review.requireChangeable(policies, caller);
      },
    };
  }
}
