import { Injectable } from '@nestjs/common';
import { ToolSearch, type Caller, type FoundTool, type ToolDescription } from '#libs/kit';
import { Policy } from '../../access/policy/policy.js';
import type { CatalogService } from '../catalog-entry.js';
import { Catalog } from '../catalog.js';
import { firstSentence, slashLines } from '../catalog.view.js';
import { ownDefinition } from '../tool-definition.js';
import { ToolIndex, type Hit } from './tool-index.js';

/** Characters of a description in a list of results. */
const MAX_SHOWN = 160;

/** The search over the catalog, through the kit's port. */
@Injectable()
export class CatalogSearch extends ToolSearch {
  private readonly index = new ToolIndex();
  private indexed: readonly CatalogService[] | undefined;

  constructor(
    private readonly catalog: Catalog,
    private readonly policy: Policy,
  ) {
    super();
  }

  search(query: string, limit: number, caller: Caller): { tools: FoundTool[]; total: number } {
    const { services } = this.catalog;
    if (this.indexed !== services) {
      this.index.update(services);
      this.indexed = services;
    }
    const hits = this.index.search(query, (operation) => this.policy.mayCall(caller, operation));
    return { tools: hits.slice(0, limit).map(showHit), total: hits.length };
  }

  describe(name: string, caller: Caller): ToolDescription {
    const operation = this.catalog.findVisibleTool(name, caller);
    const { service, permission } = operation;
    const [slash] = slashLines(operation);
    return { ...ownDefinition(operation), service, permission, ...(slash !== undefined && { slash }) };
  }
}

function showHit({ operation: { tool, service, title, description }, score }: Hit): FoundTool {
  return {
    name: tool,
    service,
    ...(title !== undefined && { title }),
    description: shortened(firstSentence(description)),
    score: Math.round(score * 100) / 100,
  };
}

function shortened(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1)}…`;
}
