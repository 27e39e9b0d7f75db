import { Injectable } from '@nestjs/common';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import { canonical } from '../../catalog/names.js';
import { matcherOf } from '../../catalog/patterns.js';
import { ApprovalsSettings } from './approvals.settings.js';

/** Which operations need a person. */
@Injectable()
export class ApprovalRules {
  private compiledFrom: readonly string[] | undefined;
  private matcher: RegExp | undefined;

  constructor(private readonly settings: ApprovalsSettings) {}

  requires({ id, tool }: CatalogOperation): boolean {
    const { require } = this.settings;
    if (require.length === 0) return false;
    if (require !== this.compiledFrom) {
      this.compiledFrom = require;
      this.matcher = matcherOf(require);
    }
    return this.matcher?.test(canonical(id)) === true || this.matcher?.test(canonical(tool)) === true;
  }
}
