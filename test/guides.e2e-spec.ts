import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Catalog } from '../libs/core/src/catalog/catalog.js';
import { Configuration } from '../libs/core/src/config/configuration.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const runbook = readFileSync('docs/runbook.md', 'utf8');
const migration = readFileSync('docs/migration.md', 'utf8');
const headings = (text: string) => [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

describe('the runbook', () => {
  it('has every alert', () => {
    const rules = headings(readFileSync('docs/alerts.md', 'utf8')).filter((heading) => /^[a-z-]+$/.test(heading));
    expect(rules.length).toBeGreaterThan(9);
    expect([...rules, 'budget'].filter((rule) => !headings(runbook).includes(rule))).toEqual([]);
  });

  it('has every part that /ready tells of', async () => {
    const { body } = await gateway.get('/ready', { 'x-mcp-key': ADMIN_KEY });
    const services = gateway.gateway.app.get(Catalog).services.map(({ name }) => name);
    const parts = Object.keys((body as { details: object }).details).filter((part) => !services.includes(part));
    expect(parts).toContain('lifecycle');
    expect(parts.filter((part) => !runbook.includes(`| \`${part}\` |`))).toEqual([]);
  });
});

describe('the guide for those who come from an older gateway', () => {
  const named = [...migration.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

  it('names only settings that there are', () => {
    const declared = gateway.gateway.app.get(Configuration).keys.all();
    const known = new Set(declared.flatMap(({ variable, setting }) => [variable, ...setting.aliases]));
    const variables = named.filter(
      (name) => /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^PORT$|^HOST$/.test(name) && name !== 'NODE_ENV',
    );
    const generic = (name: string) => name.replace(/^POSTGRES_(KA|OL)_/, 'POSTGRES_<ID>_');
    expect(variables.length).toBeGreaterThan(40);
    expect(variables.filter((name) => !known.has(name) && !known.has(generic(name)))).toEqual([]);
  });

  it.each(named.flatMap((name) => /^(GET|POST) (\/[\w/:-]*)/.exec(name)?.slice(1, 3).join(' ') ?? []))(
    '%s is there',
    async (route) => {
      const [method, path = ''] = route.split(' ');
      const { status, body } = await gateway.send({
        method: method!,
        path: path.replace(':name', 'gateway'),
        headers: { 'x-mcp-key': ADMIN_KEY, 'content-type': 'application/json' },
        ...(method === 'POST' && { body: '{}' }),
      });
      expect([status, JSON.stringify(body)]).not.toEqual([404, expect.anything()]);
    },
  );

  it('names only tools that there are', () => {
    const tools = gateway.gateway.app
      .get(Catalog)
      .services.flatMap(({ operations }) => operations.map(({ tool }) => tool));
    const row = migration.split('\n').find((line) => line.includes('`read_file`'))!;
    const names = [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name!).filter((name) => name !== 'sql_query');
    expect(names.filter((name) => !tools.includes(name))).toEqual([]);
  });
});

it('every link between the documents leads somewhere', () => {
  const broken: string[] = [];
  for (const file of readdirSync('docs').filter((name) => name.endsWith('.md'))) {
    const text = readFileSync(`docs/${file}`, 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = '', to] = link.split('#');
      const target = path === '' ? `docs/${file}` : `docs/${path}`;
      const isThere =
        existsSync(target) &&
        (to === undefined || headings(readFileSync(target, 'utf8')).some((heading) => anchor(heading) === to));
      if (!isThere) broken.push(`${file}: ${link}`);
    }
  }
  expect(broken).toEqual([]);
});
