import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const page = readFileSync('docs/policies.md', 'utf8');
const admin = { 'x-mcp-key': ADMIN_KEY };

interface Example {
  title: string;
  policy: unknown;
  /** Cells by the heads of their columns, without the backticks around them. */
  rows: Record<string, string>[];
}

const examples: Example[] = [...page.matchAll(/^### (.+)\n[^#]*?```json policy\n([^`]*)```\n\n((?:\|.*\n)+)/gm)].map(
  ([, title = '', policy = '', table = '']) => {
    const [heads = [], , ...rows] = table.trim().split('\n').map(cellsOf);
    return {
      title,
      policy: JSON.parse(policy) as unknown,
      rows: rows.map((cells) => Object.fromEntries(heads.map((head, index) => [head, cells[index] ?? '']))),
    };
  },
);

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^`|`$/g, ''));
}

let gateway: TestGateway;
beforeAll(async () => {
  // none of them is called
  gateway = await startGateway({
    env: {
      POSTGRES_DEMO_URL: 'postgres://reader@127.0.0.1:1/demo',
      POSTGRES_SHOP_URL: 'postgres://reader@127.0.0.1:1/shop',
    },
  });
});
afterAll(() => gateway.close());

it('has an example for every heading', () => {
  expect(examples.map(({ title }) => title)).toEqual([...page.matchAll(/^### (.+)$/gm)].map(([, title]) => title));
  expect(examples.length).toBeGreaterThan(3);
});

describe.each(examples)('$title', ({ policy, rows }) => {
  beforeAll(async () => {
    const { status, text } = await gateway.post('/config', { policies: policy }, admin);
    expect({ status, text }).toMatchObject({ status: 200 });
  });

  it.each(rows)('$claims $operation $arguments: $allowed', async ({ allowed, address, claims, ...asked }) => {
    const given = { permissions: [], ...(JSON.parse(claims ?? '') as object) };
    const question = { ...asked, caller: 'jwt:somebody', claims: JSON.stringify(given), ...(address && { address }) };
    const { body } = await gateway.get(
      `/admin/policy/explain?${String(new URLSearchParams(question as Record<string, string>))}`,
      admin,
    );
    expect(body).toMatchObject({ allowed: allowed === 'yes' });
  });
});
