import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { Catalog } from '../../catalog/catalog.js';
import { CatalogView } from '../../catalog/catalog.view.js';
import { asOperationError } from '../../errors/error-table.js';
import { isObject, type Params } from './messages.js';

const CATALOG = 'catalog://services';
const SERVICE = `${CATALOG}/`;

export interface ResourceContent {
  uri: string;
  mimeType: string;
  text: string;
}

/** What the gateway offers to read: its catalog, as the caller may see it. */
@Injectable()
export class Resources {
  constructor(
    private readonly catalog: Catalog,
    private readonly view: CatalogView,
  ) {}

  list(caller: Caller) {
    return [
      {
        uri: CATALOG,
        name: 'services',
        title: 'All services',
        description: 'What can be called here',
        mimeType: JSON_TYPE,
      },
      ...this.catalog.visibleTo(caller).map(({ name, description }) => ({
        uri: `${SERVICE}${name}`,
        name: `service-${name}`,
        title: name,
        description,
        mimeType: JSON_TYPE,
      })),
    ];
  }

  templates() {
    return [
      {
        uriTemplate: `${SERVICE}{service}`,
        name: 'service',
        title: 'One service',
        description: 'The operations of a service, with their schemas and what their definitions cost in tokens',
        mimeType: JSON_TYPE,
      },
    ];
  }

  /** Undefined where there is nothing that the caller may see. */
  async read(uri: string, caller: Caller): Promise<ResourceContent[] | undefined> {
    if (uri === CATALOG) return [content(uri, await this.view.all(caller))];
    if (!uri.startsWith(SERVICE)) return undefined;
    try {
      return [content(uri, await this.view.one(uri.slice(SERVICE.length), caller))];
    } catch (error) {
      if (asOperationError(error).kind === 'unknown') return undefined;
      throw error;
    }
  }

  /** Values that begin as what was typed, for the argument of a template. */
  complete({ ref, argument }: Params, caller: Caller): { values: string[] } {
    if (!isObject(ref) || !isObject(argument) || ref.uri !== `${SERVICE}{service}`) return { values: [] };
    const typed = typeof argument.value === 'string' ? argument.value : '';
    return { values: this.catalog.visibleTo(caller).flatMap(({ name }) => (name.startsWith(typed) ? name : [])) };
  }
}

const JSON_TYPE = 'application/json';

function content(uri: string, value: unknown): ResourceContent {
  return { uri, mimeType: JSON_TYPE, text: JSON.stringify(value) };
}
