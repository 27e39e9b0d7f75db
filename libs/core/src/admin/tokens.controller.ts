import { Body, Controller, Post } from '@nestjs/common';
import { z } from 'zod';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../access/access.decorator.js';
import { secondsOf } from '../access/duration.js';
import { isTokenLife, tokenLifeForms } from '../access/jwt.settings.js';
import { Policy } from '../access/policy/policy.js';
import { TokenMint } from '../access/token-mint.js';
import { Checked } from '../execution/checked.pipe.js';
import { permissionList, plainName } from './fields.js';

const life = z
  .custom<number | string>((given) => typeof given === 'number' || typeof given === 'string', tokenLifeForms)
  .transform((given) => (typeof given === 'number' ? given : (secondsOf(given) ?? Number.NaN)))
  .refine(isTokenLife, tokenLifeForms);

const newToken = z.strictObject({
  subject: plainName,
  permissions: permissionList,
  expiresIn: life.optional(),
});

@Controller('admin/tokens')
@Access('admin')
export class TokensController {
  constructor(
    private readonly mint: TokenMint,
    private readonly policy: Policy,
  ) {}

  @Post()
  create(@Body(new Checked(newToken)) token: z.output<typeof newToken>, @CurrentCaller() caller: Caller) {
    const { subject, permissions } = token;
    this.policy.requireGrantable(caller, { kind: 'jwt', subject, permissions, claims: { sub: subject } });
    return this.mint.mint(token.subject, token.permissions, token.expiresIn);
  }
}
