import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AccessSettings, ConfigFileSettings, readSettings, ServerSettings, settingsOfServices } from '#libs/core';
import type { Setting, SettingsClass } from '#libs/kit';
import { services } from '#libs/services';
import { declaredSettings } from '../apps/gateway/src/declared-settings.js';
import { ConfigKeys } from '../libs/core/src/config/config-keys.js';
import { withSettings } from '../scripts/settings-table.mjs';

const declared: SettingsClass[] = [ConfigFileSettings, ...declaredSettings()];

/** Every variable that is declared, a family's members as `PREFIX_<ID>_NAME`. */
function variables(): Setting[] {
  return declared.flatMap(({ shape }) =>
    Object.values(shape).flatMap((entry) =>
      'members' in entry
        ? Object.values(entry.members).map((member) => ({ ...member, name: `${entry.prefix}${member.name}` }))
        : [entry],
    ),
  );
}

const example = new Map(
  readFileSync('.env.example', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /^#?([A-Z][A-Z0-9_<>ID]*)=(.*)$/.exec(line);
      return match?.[1] === undefined ? [] : [[match[1], match[2] ?? '']];
    }),
);

describe('docs/configuration.md', () => {
  it('has the table of all declared settings; npm run docs:settings writes it', () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    expect(page).toBe(withSettings(page, new ConfigKeys(declared).all()));
    expect(page.match(/^\| `/gm)).toHaveLength(variables().length);
  });
});

describe('files of secrets', () => {
  it('are that of the key of TLS too, and not that of its certificate', () => {
    const environment = { TLS_CERT_FILE: 'cert.pem', TLS_KEY_FILE: 'key.pem' };
    expect(readSettings([ServerSettings], environment, 'anything').secretFiles).toEqual(['key.pem']);
  });
});

describe('.env.example', () => {
  it('names every declared variable, and no other', () => {
    expect([...example.keys()].sort()).toEqual(
      variables()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it.each(variables().flatMap(({ name, fallback }) => (fallback === undefined ? [] : [[name, fallback] as const])))(
    'shows the default of %s',
    (name, fallback) => {
      expect(example.get(name)).toBe(fallback);
    },
  );

  it.each(variables().flatMap(({ name, aliases }) => aliases.map((alias) => [name, alias] as const)))(
    'tells of the other name of %s, %s',
    (_name, alias) => {
      expect(readFileSync('.env.example', 'utf8')).toContain(`(${alias} is the same)`);
    },
  );
});

describe('a bad value stops the start, naming the variable and what it should be, never its value', () => {
  const cases: [string, string, RegExp][] = [
    ['PORT', '99999', /PORT must be a whole number from 0 to 65535/],
    ['PORT', '80a', /PORT must be a whole number/],
    ['HOST', 'zz canary/77', /HOST must be a host name or an IP address$/],
    ['METRICS_HOST', 'zz canary', /METRICS_HOST must be a host name or an IP address$/],
    ['ALLOWED_HOSTS', 'gateway, zz canary/77', /ALLOWED_HOSTS must be host names or addresses separated by commas/],
    ['ALLOWED_HOSTS', '*', /ALLOWED_HOSTS must be host names or addresses/],
    ['DOORS', 'rpc,window', /DOORS must be doors separated by commas: mcp, rpc, commands, rest, realtime, dashboard/],
    ['MCP_MAX_BODY_BYTES', '-1', /MCP_MAX_BODY_BYTES must be a whole number from 1024 to/],
    ['HOT_PATH', 'maybe', /HOT_PATH must be one of on, off/],
    ['LOG_LEVEL', 'loud', /LOG_LEVEL must be one of error, warn, info, debug/],
    ['MCP_REQUIRE_API_KEY', 'perhaps', /MCP_REQUIRE_API_KEY must be true or false/],
    ['MCP_ADMIN_KEY', 'short secret', /MCP_ADMIN_KEY must be 24 or more characters/],
    ['MCP_SECRET_KEY', 'short secret', /MCP_SECRET_KEY must be .*32/],
    ['DATABASE_URL', 'mysql://secret@host/db', /DATABASE_URL must be a URL that starts with postgres/],
    ['REDIS_URL', 'redis://:50%secret@host', /REDIS_URL must be a URL that starts with redis.* % .* written as %25/],
    ['TRUSTED_NETWORKS', '172/8', /TRUSTED_NETWORKS must be .* \(entry 1 is no network\)/],
    ['TRUSTED_NETWORKS', '0.0.0.0/0', /TRUSTED_NETWORKS .*public addresses cannot be trusted/],
    ['TRUSTED_NETWORKS', '100.64.0.0/10', /TRUSTED_NETWORKS .*public/],
    ['TRUSTED_NETWORKS', 'loopback,8.8.8.8', /TRUSTED_NETWORKS .*public/],
    ['TRUSTED_PERMISSIONS', 'read,admin', /TRUSTED_PERMISSIONS .*admin is never granted by address/],
    ['TRUSTED_PERMISSIONS', '*', /TRUSTED_PERMISSIONS .*admin is never granted by address/],
    ['TRUSTED_PERMISSIONS', 'postgres:admin', /TRUSTED_PERMISSIONS .*admin is never granted by address/],
    ['TRUSTED_PERMISSIONS', 'reed', /TRUSTED_PERMISSIONS .*an entry is no permission/],
    ['ALLOWED_ORIGINS', 'example.com', /ALLOWED_ORIGINS must be origins/],
    ['PUBLIC_URL', 'gateway', /PUBLIC_URL must be a URL that starts with http/],
    ['MCP_RESULT_MAX_TOKENS', '10', /MCP_RESULT_MAX_TOKENS must be a whole number from 1000 to/],
    ['HTTP_TIMEOUT_MS', '5', /HTTP_TIMEOUT_MS must be a whole number from 100/],
    ['WEB_ALLOWED_HOSTS', 'wiki, https://wiki', /WEB_ALLOWED_HOSTS must be hosts .* \(entry 2 is no host\)/],
    ['WEB_ALLOWED_HOSTS', '*', /WEB_ALLOWED_HOSTS must be hosts/],
    ['WEB_ALLOWED_PORTS', '8080,0', /WEB_ALLOWED_PORTS must be ports from 1 to 65535/],
    ['HTTPS_PROXY', 'socks5://user:secret@proxy', /HTTPS_PROXY must be a URL that starts with http/],
    ['DB_POOL_MAX', '0', /DB_POOL_MAX must be a whole number from 1/],
    ['AUDIT_SPOOL_MAX_BYTES', '1000', /AUDIT_SPOOL_MAX_BYTES must be a whole number from 1048576 to/],
    ['AUDIT_RETENTION_DAYS', '-1', /AUDIT_RETENTION_DAYS must be a whole number from 0 to 36500/],
    ['MCP_PRICES', '{secret', /MCP_PRICES must be prices as JSON.*\(it is not JSON\)/],
    ['MCP_PRICES', '{"perCall":-1}', /MCP_PRICES must be prices as JSON/],
    ['MCP_PRICES', '{"percall":1}', /MCP_PRICES must be prices as JSON/],
    ['MCP_ENABLE_REAL_TOOLS', 'maybe', /MCP_ENABLE_REAL_TOOLS must be true or false/],
    ['MCP_WORKING_DIR', ':', /MCP_WORKING_DIR must be one or more directories, separated by ":"/],
    ['MCP_SERVERS', '"secret"', /MCP_SERVERS must be servers by name/],
    ['MCP_SERVERS', '{"a":{"command":5}}', /MCP_SERVERS must be .* \(a\.command is not what it should be\)/],
    ['MCP_SERVERS', '{"a":{}}', /MCP_SERVERS must be .* \("a" needs a command or a url\)/],
    ['MCP_SERVERS', '{"a":{"command":"secret","url":"secret"}}', /\("a" has a command and a url; keep one\)/],
    ['MCP_SERVERS', '{"My_Server":{"command":"secret"}}', /the name "My_Server" must be lower-case words joined by -/],
    [
      'MCP_SERVERS',
      '{"administration":{"command":"secret"}}',
      /the name "administration" must be .* not one of role, administ/,
    ],
    ['MCP_SERVERS', '{"a__b":{"command":"secret"}}', /the name "a__b" must be lower-case words/],
    [
      'GITHUB_PRIVATE_KEY',
      'a secret that is no key',
      /GITHUB_PRIVATE_KEY must be the private key of a GitHub App as PEM/,
    ],
    ['GITHUB_REPO', 'a/b/secret', /GITHUB_REPO must be a name as in the address/],
    ['CLOUDFLARE_API_URL', 'ftp://secret', /CLOUDFLARE_API_URL must be a URL that starts with http/],
    ['POSTGRES_SHOP_URL', 'http://secret', /POSTGRES_SHOP_URL must be a URL that starts with postgres/],
  ];
  it.each(cases)('%s=%s', (name, value, message) => {
    const read = () => readSettings(declared, { [name]: value });
    expect(read).toThrow(message);
    expect(read).not.toThrow(/secret|canary/);
  });

  const canaries = [
    'zz canary/77',
    'loopback, !canary/77',
    'a:1, *.canary:99999',
    'canary://canary',
    '{"a":"canary"}',
    '["canary"]',
  ];
  it.each(canaries)('whatever the setting, as %s', (canary) => {
    for (const { name } of variables()) {
      // a file that is missing is told with its path
      if (name === 'MCP_CONFIG_FILE') continue;
      const id = name.replace('<ID>', 'SHOP');
      // the member by which one of a family exists
      const known = /^(.*_SHOP_)/.exec(id)?.[1];
      try {
        readSettings(declared, { ...(known && { [`${known}URL`]: canary }), [id]: canary });
      } catch (error) {
        expect(String(error), name).not.toContain('canary');
      }
    }
  });

  it('tells all mistakes at once', () => {
    expect(() => readSettings(declared, { PORT: 'x', HOT_PATH: 'y' })).toThrow(/PORT must.*\n.*HOT_PATH must/);
  });

  it('refuses two names of one variable that disagree', () => {
    expect(() => readSettings(declared, { PORT: '1', MCP_PORT: '2' })).toThrow(
      'PORT and MCP_PORT are set to different',
    );
    expect(readSettings(declared, { PORT: '1', MCP_PORT: '1' }).get(ServerSettings)).toMatchObject({ port: 1 });
    expect(readSettings(declared, { MCP_PORT: '3' }).get(ServerSettings)).toMatchObject({ port: 3 });
  });
});

describe('a secret from a file', () => {
  it('is read from <NAME>_FILE', () => {
    const { adminKey } = readSettings(declared, { MCP_ADMIN_KEY_FILE: 'test/fixtures/admin-key.txt' }).get(
      AccessSettings,
    ) as AccessSettings;
    expect(adminKey).toBe('an-admin-key-that-is-in-a-file');
  });

  it.each([
    [{ MCP_ADMIN_KEY_FILE: '/nowhere' }, /MCP_ADMIN_KEY_FILE must be the path of a file that the gateway can read/],
    [
      { MCP_ADMIN_KEY_FILE: 'test/fixtures/admin-key.txt', MCP_ADMIN_KEY: 'a-key-that-is-long-enough' },
      /MCP_ADMIN_KEY and MCP_ADMIN_KEY_FILE are both set; keep one/,
    ],
  ])('%j is refused', (environment, message) => {
    expect(() => readSettings(declared, environment)).toThrow(message);
  });

  it('works for a family of variables too', () => {
    const file = { POSTGRES_SHOP_URL_FILE: 'test/fixtures/database-url.txt' };
    const read = settingsOfServices(services).map((type) => readSettings([type], file).get(type));
    expect(read).toContainEqual(
      expect.objectContaining({
        databases: new Map([['SHOP', expect.objectContaining({ url: 'postgres://reader@db/shop' })]]),
      }),
    );
    const settings = settingsOfServices(services)
      .map((type) => readSettings([type], file).get(type))
      .find((each) => each && 'databases' in each);
    expect(settings).toMatchObject({
      databases: new Map([['SHOP', expect.objectContaining({ url: 'postgres://reader@db/shop' })]]),
    });
  });
});
