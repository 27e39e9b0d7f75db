import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ErrorKind } from '#libs/kit';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const kinds = {
  invalid: true,
  internal: true,
  unauthenticated: true,
  forbidden: true,
  limited: true,
  'too-large': true,
  unknown: true,
  'not-configured': true,
  unavailable: true,
  deadline: true,
  failed: true,
  'not-approved': true,
} satisfies Record<ErrorKind, true>;

const page = readFileSync('docs/agents.md', 'utf8');
const blocks = [...page.matchAll(/^```(json|text)\n(.*?)^```$/gms)].map(([, kind, text]) => ({
  kind,
  text: text!.trim(),
}));
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({
    env: { DATABASE_URL: '', MCP_APPROVALS_REQUIRE: 'mem0.remember', MCP_APPROVALS_WAIT_MS: '0' },
  });
});
afterAll(() => gateway.close());

/** Whether what came is what the page shows: members that it leaves out may be anything, and so may `…`. */
function fits(shown: unknown, real: unknown): boolean {
  if (typeof shown === 'string') {
    const parts = shown.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return parts.length > 1 ? new RegExp(`^${parts.join('[^]*')}$`).test(String(real)) : shown === real;
  }
  if (typeof shown !== 'object' || shown === null) return shown === real;
  if (typeof real !== 'object' || real === null) return false;
  if (Array.isArray(shown) && (!Array.isArray(real) || shown.length !== real.length)) return false;
  return Object.entries(shown).every(([name, value]) => fits(value, (real as Record<string, unknown>)[name]));
}

it('every call of the page answers what the page shows', async () => {
  const seen = { id: '', cursor: '' };
  let told: { text: string; data: unknown } = { text: '', data: undefined };
  let compared = 0;
  for (const { kind, text } of blocks) {
    const shown = kind === 'json' ? (JSON.parse(text) as Record<string, any>) : text;
    if (typeof shown === 'object' && 'arguments' in shown) {
      const given = shown.arguments as Record<string, unknown>;
      if (given.id === 'res_…') given.id = seen.id;
      if (given.cursor === '…') given.cursor = seen.cursor;
      const { result } = (await gateway.rpc('tools/call', shown, { 'x-mcp-key': ADMIN_KEY })) as { result: any };
      told = { text: result.content.map((item: any) => item.text ?? '').join('\n'), data: result.structuredContent };
      seen.id = /res_\w+/.exec(told.text)?.[0] ?? seen.id;
      seen.cursor = result.structuredContent?.cursor ?? seen.cursor;
      continue;
    }
    compared += 1;
    const isFit = typeof shown === 'string' ? fits(`…${shown}…`, told.text) : fits(shown, told.data);
    expect(isFit ? '' : `${text}\n\nand not\n\n${told.text.slice(0, 1_000)}`).toBe('');
  }
  expect(compared).toBe(11);
});

it('says of every kind of error what it means', () => {
  const table = page.slice(page.indexOf('| kind |'));
  expect(Object.keys(kinds).filter((kind) => !table.includes(`\`${kind}\``))).toEqual([]);
});
