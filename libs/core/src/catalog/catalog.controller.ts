import { Controller, Get, Param } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { Access, CurrentCaller } from '../access/access.decorator.js';
import { CatalogView } from './catalog.view.js';

@Controller()
@Access('any caller')
export class CatalogController {
  constructor(private readonly view: CatalogView) {}

  @Get('mcp/catalog')
  catalog(@CurrentCaller() caller: Caller) {
    return this.view.all(caller);
  }

  @Get('mcp/service/:name')
  service(@Param('name') name: string, @CurrentCaller() caller: Caller) {
    return this.view.one(name, caller);
  }

  @Get('api/tools')
  tools(@CurrentCaller() caller: Caller) {
    return this.view.tools(caller);
  }
}
