import type { ConfigKeys } from '../config/config-keys.js';
import { isObject } from '../config/flat-keys.js';
import { MASK } from '../observability/secret-shapes.js';
import { CREATE_KEY } from './requested-change.js';

/** What of a body the audit is to hold. */
export type RecordedBody = (body: Record<string, unknown>, keys: ConfigKeys) => Record<string, unknown>;

/** These members: any other may be secret, or be one that is under a mistyped name. */
export function onlyMembers(...names: string[]): RecordedBody {
  return (body) =>
    Object.fromEntries(Object.entries(body).map(([name, value]) => [name, names.includes(name) ? value : MASK]));
}

/** Values that may change while the gateway runs, none of which is secret: any other may be, as under a mistyped key. */
export const onlyRuntimeSettings: RecordedBody = (body, keys) => {
  const walk = (value: unknown, key: string): unknown => {
    const setting = keys.find(key)?.setting;
    if (key === CREATE_KEY || (setting?.runtime && !setting.secret)) return value;
    return setting || !isObject(value) ? MASK : members(value, `${key}.`);
  };
  const members = (object: object, above: string): Record<string, unknown> =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, walk(value, above + name)]));
  return members(body, '');
};
