import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../access/access.decorator.js';
import { AccessSettings } from '../access/access.settings.js';
import { originOf } from '../access/request-facts.js';
import { Checked } from '../execution/checked.pipe.js';
import { Records } from './administration-audit.js';
import { KeyAdministration } from './key-administration.js';
import { FoundKeys } from './found-keys.js';
import { foundKeys, keyChange, newKey, rotation } from './key-fields.js';
import { pageQuery, type PageQuery } from './page.js';
import { onlyMembers } from './recorded-body.js';

@Controller('admin/api-keys')
@Access('admin')
export class ApiKeysController {
  constructor(
    private readonly keys: KeyAdministration,
    private readonly found: FoundKeys,
    private readonly access: AccessSettings,
  ) {}

  @Get()
  list(@Query(new Checked(pageQuery)) query: PageQuery) {
    return this.keys.list(query);
  }

  @Post()
  create(@Body(new Checked(newKey)) policy: z.output<typeof newKey>, @CurrentCaller() caller: Caller) {
    return this.keys.create(policy, caller);
  }

  @Post('check')
  @HttpCode(200)
  @Records(onlyMembers('revoke'))
  check(@Body(new Checked(foundKeys)) found: z.output<typeof foundKeys>, @CurrentCaller() caller: Caller) {
    return this.found.check(found, caller);
  }

  @Get(':id')
  read(@Param('id') id: string) {
    return this.keys.read(id);
  }

  @Patch(':id')
  change(
    @Param('id') id: string,
    @Body(new Checked(keyChange)) change: z.output<typeof keyChange>,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
  ) {
    return this.keys.change(id, change, caller, originOf(request, this.access.trustedProxies));
  }

  @Post(':id/rotate')
  @HttpCode(200)
  rotate(
    @Param('id') id: string,
    @Body(new Checked(rotation)) how: z.output<typeof rotation>,
    @CurrentCaller() caller: Caller,
  ) {
    return this.keys.rotate(id, how, caller);
  }

  @Delete(':id')
  @HttpCode(204)
  remove(@Param('id') id: string): Promise<void> {
    return this.keys.remove(id);
  }
}
