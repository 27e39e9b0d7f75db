import { Injectable } from '@nestjs/common';
import { invalidField } from '#libs/kit';
import { ApiKeys } from './api-keys.js';
import type { KeyRecord } from './key-record.js';

/** Keys as people speak of them. */
@Injectable()
export class NamedKeys {
  constructor(private readonly keys: ApiKeys) {}

  /** The key of this id, or the only one of this name. Throws `invalid` for a name that several have. */
  find(text: string): KeyRecord | undefined {
    const keys = this.keys.list();
    const found = keys.find(({ id }) => id === text);
    if (found) return found;
    const named = keys.filter(({ name }) => name === text);
    if (named.length <= 1) return named[0];
    const ids = named.map(({ id }) => id).join(', ');
    throw invalidField('caller', `one of the ids ${ids}`, 'a name that several keys have');
  }
}
