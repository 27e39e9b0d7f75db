import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { setting, settingFamily, settings, value, type SettingsClass } from '#libs/kit';
import { UpstreamsSettings } from '../upstreams/upstreams.settings.js';
import { readSettings } from './read-settings.js';

class ShopSettings extends settings({
  port: setting('SHOP_PORT', value.wholeNumber(0, 65_535), {
    key: 'shop.port',
    aliases: ['OLD_PORT'],
    description: '',
    default: '80',
  }),
  open: setting('SHOP_OPEN', value.flag(), { key: 'shop.open', description: '', default: 'false' }),
  words: setting('SHOP_WORDS', value.list(), { key: 'shop.words', description: '' }),
  title: setting('SHOP_TITLE', value.text(), { key: 'shop.title', description: '' }),
  secret: setting('SHOP_SECRET', value.text(8), { key: 'shop.secret', description: '', secret: true }),
  stores: settingFamily('SHOP_<ID>_', 'shop.<id>', 'url', {
    url: setting('URL', value.url('http'), { key: 'url', description: '' }),
    key: setting('KEY', value.text(), { key: 'key', description: '', secret: true }),
  }),
}) {}

const directory = mkdtempSync(join(tmpdir(), 'config-'));
const path = join(directory, 'settings.json');
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Reads with a file of this content; a text is written as it is. */
function read(
  content: unknown,
  environment: Record<string, string> = {},
  classes: SettingsClass[] = [ShopSettings],
  known: SettingsClass[] | 'anything' = classes,
) {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readSettings(classes, { ...environment, MCP_CONFIG_FILE: path }, known);
}
const valuesOf = (content: unknown, environment?: Record<string, string>) =>
  read(content, environment).get(ShopSettings) as ShopSettings;

describe('where a value comes from', () => {
  it.each<[what: string, file: object, environment: Record<string, string>, port: number, origin: string]>([
    ['nothing', {}, {}, 80, 'default'],
    ['the file', { shop: { port: 81 } }, {}, 81, 'file'],
    ['a variable', {}, { SHOP_PORT: '82' }, 82, 'environment'],
    ['its other name', {}, { OLD_PORT: '83' }, 83, 'environment'],
    ['both', { shop: { port: 81 } }, { SHOP_PORT: '82' }, 82, 'environment'],
    ['its other name and the file', { shop: { port: 81 } }, { OLD_PORT: '83' }, 83, 'environment'],
    ['an empty variable and the file', { shop: { port: 81 } }, { SHOP_PORT: ' ' }, 81, 'file'],
    ['null in the file', { shop: { port: null } }, {}, 80, 'default'],
    ['an empty text in the file', { shop: { port: '' } }, {}, 80, 'default'],
    ['0 in the file', { shop: { port: 0 } }, {}, 0, 'file'],
  ])('%s', (_what, file, environment, port, origin) => {
    const configuration = read(file, environment);
    expect(configuration.get(ShopSettings)).toMatchObject({ port });
    expect(configuration.entries.get('shop.port')).toMatchObject({ value: port, origin });
  });

  it('each setting by itself', () => {
    const { entries } = read({ shop: { open: true } }, { SHOP_TITLE: 'Shop' });
    const origins = [...entries.values()].map(({ key, origin }) => [key, origin]);
    expect(Object.fromEntries(origins)).toEqual({
      configFile: 'environment',
      configManaged: 'default',
      'shop.port': 'default',
      'shop.open': 'file',
      'shop.words': 'default',
      'shop.title': 'environment',
      'shop.secret': 'default',
    });
  });
});

describe('the config file', () => {
  it.each<[file: object, values: object]>([
    [{ shop: { port: 81, open: true } }, { port: 81, open: true }],
    [
      { 'shop.port': 81, 'shop.open': false },
      { port: 81, open: false },
    ],
    [{ shop: { port: '81', open: 'yes' } }, { port: 81, open: true }],
    [
      { 'shop.port': 81, shop: { title: 'x' } },
      { port: 81, title: 'x' },
    ],
    [{ shop: { words: ['a', 'b c'] } }, { words: ['a', 'b c'] }],
    [{ shop: { words: 'a, b' } }, { words: ['a', 'b'] }],
    [{ shop: { words: [] } }, { words: [] }],
    [{ shop: {} }, { port: 80 }],
    [{ shop: { secret: 'long enough' } }, { secret: 'long enough' }],
  ])('%j is %j', (file, values) => {
    expect(valuesOf(file)).toMatchObject(values);
  });

  it('may begin with a byte order mark', () => {
    expect(valuesOf('\uFEFF{"shop.port": 81}').port).toBe(81);
  });

  it.each<[file: object, environment: Record<string, string>, ids: string[]]>([
    [{ shop: { north: { url: 'http://a' } } }, {}, ['NORTH']],
    [{ 'shop.far-north.url': 'http://a' }, {}, ['FAR_NORTH']],
    [{ 'shop.FAR_NORTH.url': 'http://a' }, {}, ['FAR_NORTH']],
    [{ 'shop.north.url': 'http://a' }, { SHOP_SOUTH_URL: 'http://b' }, ['SOUTH', 'NORTH']],
    [{ 'shop.north.url': 'http://a' }, { SHOP_NORTH_URL: 'http://b' }, ['NORTH']],
  ])('%j with %j has the families %j', (file, environment, ids) => {
    expect([...valuesOf(file, environment).stores.keys()]).toEqual(ids);
  });

  it('completes a family of the environment, whose members go first', () => {
    const file = { shop: { 'far-north': { url: 'http://file', key: 'of the file' } } };
    const configuration = read(file, { SHOP_FAR_NORTH_URL: 'http://environment' });
    const { stores } = configuration.get(ShopSettings) as ShopSettings;
    expect(stores.get('FAR_NORTH')).toEqual({ url: 'http://environment', key: 'of the file' });
    expect(configuration.entries.get('shop.far-north.key')).toMatchObject({ origin: 'file' });
  });

  it('that nobody named may be missing', () => {
    expect(readSettings([ShopSettings], {}).entries.get('shop.port')).toMatchObject({ origin: 'default' });
  });

  it.each<[content: unknown, message: RegExp]>([
    ['{"shop": {"port": hush}}', /settings\.json is no JSON: the mistake is at line 1, column 19\.$/],
    ['{\n  "hush": 1,\n}', /settings\.json is no JSON: the mistake is at line 3, column 1\.$/],
    ['["hush"]', /settings\.json must hold a JSON object/],
    ['null', /settings\.json must hold a JSON object/],
    ['', /line 1, column 1/],
    [{ shop: { port: 'hush' } }, /shop\.port in .*settings\.json must be a whole number from 0 to 65535/],
    [{ shop: { port: true } }, /shop\.port in .* must be a whole number/],
    [{ shop: { port: 80.5 } }, /shop\.port in .* must be a whole number/],
    [{ shop: { port: [81] } }, /shop\.port in .* must be a whole number/],
    [{ shop: { port: { hush: 1 } } }, /shop\.port in .* must be a whole number/],
    [{ shop: { open: 1 } }, /shop\.open in .* must be true or false/],
    [{ shop: { title: 5 } }, /shop\.title in .* must be text/],
    [{ shop: { title: ['hush'] } }, /shop\.title in .* must be text/],
    [{ shop: { words: 5 } }, /shop\.words in .* must be words separated by commas/],
    [{ shop: { words: ['hush', 5] } }, /shop\.words in .* must be words/],
    [{ shop: { words: ['hush,hush'] } }, /shop\.words in .* must be words/],
    [{ shop: { secret: 'hush' } }, /shop\.secret in .* must be text of at least 8 characters/],
    [{ shop: { north: { url: 'ftp://hush' } } }, /shop\.north\.url in .* must be a URL/],
    [{ shop: { north: { key: 'hush' } } }, /shop\.north\.key in .* needs shop\.north\.url beside it/],
    [{ shop: { prot: 'hush' } }, /shop\.prot in .* is no setting; did you mean shop\.port/],
    [{ SHOP_PORT: 'hush' }, /SHOP_PORT in .* is no setting; did you mean shop\.port\?/],
    [{ port: 'hush' }, /- port in .* is no setting; did you mean shop\.port/],
    [{ completely: { different: 'hush' } }, /completely\.different in .* is no setting$/m],
    [{ other: {} }, /other in .* is no setting/],
    [{ shop: 'hush' }, /- shop in .* is no setting/],
    ['{"__proto__": {"hush": 1}}', /__proto__\.hush in .* is no setting/],
    [{ constructor: 'hush' }, /constructor in .* is no setting/],
    [{ 'shop.port': 81, shop: { port: 82 } }, /shop\.port in .* is given twice; keep one/],
    [{ 'shop.a-b.url': 'http://a', 'shop.A_B.url': 'http://b' }, /shop\.a-b\.url in .* is given twice/],
    [{ configFile: 'hush' }, /configFile in .* set MCP_CONFIG_FILE/],
  ])('%j is refused without being shown', (content, message) => {
    expect(() => read(content)).toThrow(message);
    const shown = [/"hush/, /'hush/, /: hush/, /\[hush/, /ftp:/];
    for (const pattern of shown) expect(() => read(content)).not.toThrow(pattern);
  });

  it('is refused where it is named and missing, or no file', () => {
    const named = (name: string) => () => readSettings([ShopSettings], { MCP_CONFIG_FILE: name });
    expect(named(join(directory, 'none.json'))).toThrow(/MCP_CONFIG_FILE names .*none\.json, which does not exist/);
    expect(named('./config/mcp-router.json')).toThrow(/names config\/mcp-router\.json, which does not exist/);
    expect(named(directory)).toThrow(/which can't be read \(EISDIR\)/);
  });

  it('is refused for a bad value also where a variable goes before it', () => {
    expect(() => read({ 'shop.port': 'x' }, { SHOP_PORT: '82' })).toThrow(/shop\.port in .* must be a whole number/);
  });

  it('tells its mistakes together with those of the environment', () => {
    expect(() => read({ 'shop.open': 'x', 'shop.oben': 1 }, { SHOP_PORT: 'x' })).toThrow(
      /shop\.oben in .*\n.*SHOP_PORT must be a whole.*\n.*shop\.open in .* must be true or false/,
    );
  });

  it('warns of what this version does not use, once', () => {
    const file = {
      tools: { enableReal: true, workingDir: '/srv' },
      monitoring: { healthCheckInterval: 30 },
      mcpServers: { files: { command: 'npx', args: ['-y'], comand: 'x' } },
    };
    const { warnings } = read(file, {}, [ShopSettings, UpstreamsSettings]);
    expect(warnings).toEqual([
      expect.stringMatching(/mcpServers\.files\.comand is not known$/),
      expect.stringMatching(/does not use monitoring\.healthCheckInterval, tools\.enableReal, tools\.workingDir yet$/),
    ]);
  });
});

describe('a program that reads a part of the settings', () => {
  class OtherSettings extends settings({
    secret: setting('OTHER_SECRET', value.text(8), { key: 'other.secret', description: '', secret: true }),
    named: setting('OTHER_NAMED', value.json(z.object({})), { key: 'other.named', description: '' }),
  }) {}
  const file = { shop: { port: 81 }, other: { secret: 'short', named: { a: { b: 1 } } } };

  it('takes a file with all that the others know, and does not look at their values', () => {
    const configuration = read(file, { OTHER_SECRET_FILE: '/none' }, [ShopSettings], [ShopSettings, OtherSettings]);
    expect(configuration.get(ShopSettings)).toMatchObject({ port: 81 });
    expect(configuration.get(OtherSettings)).toBeUndefined();
  });

  it('refuses what nobody knows', () => {
    const mistaken = () => read({ ...file, 'shop.prot': 1 }, {}, [ShopSettings], [ShopSettings, OtherSettings]);
    expect(mistaken).toThrow(/mistakes:\n {2}- shop\.prot in .* is no setting; did you mean shop\.port\?$/);
  });

  it('takes anything where others look at it, but not wrong values of its own', () => {
    const mistaken = { ...file, 'shop.prot': 1 };
    expect(read(mistaken, {}, [ShopSettings], 'anything').get(ShopSettings)).toMatchObject({ port: 81 });
    expect(() => read({ ...file, shop: { port: 'x' } }, {}, [ShopSettings], 'anything')).toThrow(/shop\.port in/);
  });
});

describe('a declaration is refused', () => {
  const declare = (...declared: ReturnType<typeof setting>[]) =>
    settings(Object.fromEntries(declared.map((each) => [each.name, each])));

  it('with the key of another', () => {
    const [one, other] = ['ONE', 'OTHER'].map((name) => setting(name, value.text(), { key: 'a.b', description: '' }));
    expect(() => readSettings([declare(one!, other!)], {})).toThrow('OTHER and ONE have the same key, a.b');
  });

  it('that lets a secret change at runtime', () => {
    const secret = setting('ONE', value.text(), { key: 'a.b', description: '', secret: true, runtime: true });
    expect(() => readSettings([declare(secret)], {})).toThrow("ONE is a secret, which can't be changed at runtime");
  });
});
