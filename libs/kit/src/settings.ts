import { isHost } from './host-name.js';
import { isUrl } from './is-url.js';
import { z } from 'zod';

/**
 * One variable. `schema` takes the text of the environment; its description completes the sentence "NAME must be …", so
 * that a bad value is told without being shown.
 */
export interface Setting<T = unknown> {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly schema: z.ZodType<T, string>;
  /** Text that stands in for an unset variable; `undefined` makes the value optional. */
  readonly fallback: string | undefined;
  readonly description: string;
  /** Masked wherever it is shown, and readable from `<NAME>_FILE`. */
  readonly secret: boolean;
  /** Dotted name in the config file and at `/config`, such as `server.port`. */
  readonly key: string;
  /** Whether `POST /config` may change it; whoever uses it then reads it anew each time. Never a secret. */
  readonly runtime: boolean;
  /**
   * A secret whose new value is used without a restart: whoever uses it reads it anew each time. Of a URL with `password`,
   * one that differs by nothing else.
   */
  readonly renewable: boolean | 'password';
  /** Whether its value is the path of a file that holds a secret. */
  readonly namesSecret: boolean;
  /** Text that stands in for a stored value that can't be read any more: a setting that shuts something is not left open. */
  readonly closed: string | undefined;
}

interface SettingOptions<F extends string | undefined> {
  description: string;
  key: string;
  default?: F;
  aliases?: readonly string[];
  secret?: boolean;
  runtime?: boolean;
  renewable?: boolean | 'password';
  namesSecret?: boolean;
  closed?: string;
}

/** Declares one variable. Without a default its value is `undefined` when unset. */
export function setting<T, F extends string | undefined = undefined>(
  name: string,
  schema: z.ZodType<T, string>,
  options: SettingOptions<F>,
): Setting<F extends string ? T : T | undefined> {
  return {
    name,
    schema,
    aliases: options.aliases ?? [],
    fallback: options.default,
    description: options.description,
    secret: options.secret ?? false,
    key: options.key,
    runtime: options.runtime ?? false,
    renewable: options.renewable ?? false,
    namesSecret: options.namesSecret ?? false,
    closed: options.closed,
  };
}

/** Variables that repeat for every `<ID>` that is found, such as `POSTGRES_<ID>_URL`, in a file `postgres.<id>.url`. */
export interface SettingFamily<M extends Record<string, Setting> = Record<string, Setting>> {
  /** Ends in `<ID>_`. */
  readonly prefix: string;
  /** Dotted name before the members' own keys; ends in `.<id>`. */
  readonly section: string;
  readonly members: M;
  /** The member whose presence makes an `<ID>` exist. */
  readonly key: string;
}

export function settingFamily<M extends Record<string, Setting>>(
  prefix: `${string}_<ID>_`,
  section: `${string}.<id>`,
  key: keyof M & string,
  members: M,
): SettingFamily<M> {
  return { prefix, section, key, members };
}

export type SettingsShape = Record<string, Setting | SettingFamily>;

type ValueOf<S> =
  S extends Setting<infer T>
    ? T
    : S extends SettingFamily<infer M>
      ? ReadonlyMap<string, { [K in keyof M]: ValueOf<M[K]> }>
      : never;

export type SettingsValues<S extends SettingsShape> = { readonly [K in keyof S]: ValueOf<S[K]> };

/** A class whose instances hold parsed variables; it is also the token by which they are injected. */
export interface SettingsClass<V extends object = object> {
  new (values: never): V;
  readonly shape: SettingsShape;
}

/**
 * Declares the variables of one room: `class XSettings extends settings({ … }) {}`. The gateway reads the environment
 * once and makes the class injectable wherever its service is listed.
 */
export function settings<S extends SettingsShape>(shape: S): SettingsClass<SettingsValues<S>> {
  return class {
    static readonly shape: SettingsShape = shape;
    constructor(values: object) {
      Object.assign(this, values);
    }
  } as unknown as SettingsClass<SettingsValues<S>>;
}

/** Schemas for the kinds of value that variables have. */
export const value = {
  text: (minLength = 1) =>
    z
      .string()
      .min(minLength)
      .describe(minLength > 1 ? `text of at least ${minLength} characters` : 'text'),

  wholeNumber: (min: number, max: number) =>
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number)
      .pipe(z.number().min(min).max(max))
      .describe(`a whole number from ${min} to ${max}`),

  flag: () =>
    z
      .string()
      .toLowerCase()
      .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off']))
      .transform((word) => ['true', '1', 'yes', 'on'].includes(word))
      .describe('true or false'),

  oneOf: <const W extends readonly string[]>(...words: W) =>
    z
      .enum(words as unknown as [W[number], ...W[number][]])
      .describe(`one of ${words.join(', ')}`) as unknown as z.ZodType<W[number], string>,

  /** Words separated by commas; blanks around them are dropped. */
  list: (expected = 'words separated by commas') =>
    z
      .string()
      .transform((text) =>
        text
          .split(',')
          .map((word) => word.trim())
          .filter((word) => word !== ''),
      )
      .describe(expected),

  /** JSON text, held to a schema of its own. */
  json: <T>(schema: z.ZodType<T>, expected = 'JSON') =>
    z
      .string()
      .transform((text, context): unknown => {
        try {
          return JSON.parse(text) as unknown;
        } catch {
          context.addIssue({ code: 'custom', message: 'it is not JSON' });
          return z.NEVER;
        }
      })
      .pipe(schema)
      .describe(expected),

  host: () => z.string().refine(isHost).describe('a host name or an IP address'),

  url: (...protocols: readonly string[]) =>
    z
      .string()
      .refine((text) => isUrl(text) && protocols.includes(new URL(text).protocol.slice(0, -1)))
      .describe(`a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`),
};
