import { Injectable } from '@nestjs/common';
import { CallHistory, StoredResults, type Asking, type Caller } from '#libs/kit';
import { Catalog } from '../../catalog/catalog.js';
import { CatalogView } from '../../catalog/catalog.view.js';
import { asOperationError } from '../../errors/error-table.js';
import { iconsOf } from './icons.js';

const CATALOG = 'catalog://services';
const SERVICE = `${CATALOG}/`;
const MY_CALLS = 'audit://my-calls';
const RESULT = 'result://';
const RESULT_ADDRESS = /^result:\/\/([\w-]{1,200})(?:\?offset=(\d{1,10}))?$/;
const mimeType = 'application/json';

/** How many of its calls a caller is shown. */
const CALLS_SHOWN = 50;

export interface ResourceContent {
  uri: string;
  mimeType: string;
  text: string;
}

/** What the gateway offers to read: its catalog as the caller may see it, and what is the caller's own. */
@Injectable()
export class Resources {
  constructor(
    private readonly catalog: Catalog,
    private readonly view: CatalogView,
    private readonly results: StoredResults,
    private readonly history: CallHistory,
  ) {}

  list(caller: Caller, icons: boolean) {
    return [
      { uri: CATALOG, name: 'services', title: 'All services', description: 'What can be called here', mimeType },
      {
        uri: MY_CALLS,
        name: 'my-calls',
        title: 'My last calls',
        description: `The last ${CALLS_SHOWN} calls of this caller, the newest first, with how they ended`,
        mimeType,
      },
      ...this.catalog.visibleTo(caller).map(({ name, description, icon }) => ({
        uri: `${SERVICE}${name}`,
        name: `service-${name}`,
        title: name,
        description,
        mimeType,
        ...(icons && iconsOf(icon)),
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
        mimeType,
      },
      {
        uriTemplate: `${RESULT}{id}{?offset}`,
        name: 'result',
        title: 'The rest of a result',
        description:
          'What an answer had to leave out, a page at a time: id is the resultId of that answer, and nextOffset of a ' +
          'page is the offset of the next one, null after the last',
        mimeType,
      },
    ];
  }

  /** Undefined where there is nothing that the caller may see. Rejects with `unavailable` while the store is away. */
  async read(uri: string, asking: Asking): Promise<ResourceContent[] | undefined> {
    try {
      const value = await this.valueOf(uri, asking);
      return value && [{ uri, mimeType, text: JSON.stringify(value) }];
    } catch (error) {
      if (asOperationError(error).kind === 'unknown') return undefined;
      throw error;
    }
  }

  /** Services whose names begin as what was typed, for the argument of their template. */
  complete(uri: string, argument: string, typed: string, caller: Caller): string[] {
    if (uri !== `${SERVICE}{service}` || argument !== 'service') return [];
    return this.catalog.visibleTo(caller).flatMap(({ name }) => (name.startsWith(typed) ? name : []));
  }

  private async valueOf(uri: string, asking: Asking): Promise<object | undefined> {
    const { caller } = asking;
    if (uri === CATALOG) return this.view.all(caller);
    if (uri === MY_CALLS) return { calls: await this.history.of(caller, CALLS_SHOWN) };
    if (uri.startsWith(SERVICE)) return this.view.one(uri.slice(SERVICE.length), caller);
    const [, id, offset = '0'] = RESULT_ADDRESS.exec(uri) ?? [];
    return id === undefined ? undefined : this.results.read(id, { offset: Number(offset) }, asking);
  }
}
