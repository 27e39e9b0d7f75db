import { describe, expect, it } from 'vitest';
import { readDocument } from './read-document.js';

const { signal } = new AbortController();
const HEAD = 'openapi: 3.1.0\ninfo: {title: A, version: "1"}\n';

/** YAML that says little in many characters, and 10 paths. */
function longYaml(more = ''): string {
  const description = '      description: |\n'.concat('        Says what it is, in words.\n'.repeat(1_500));
  const paths = Array.from({ length: 10 }, (_, at) => `  /things/${at}:\n    get:\n${description}`);
  return `${HEAD}paths:\n${paths.join('')}${more}`;
}

/** Turns of the event loop that pass meanwhile. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  const counting = setInterval(() => (turns += 1), 1);
  await work;
  clearInterval(counting);
  return turns;
}

describe('a document', () => {
  it.each([
    ['no text', ''],
    ['a list', '[]'],
    ['broken JSON', '{"openapi": '],
    ['Swagger 2', '{"swagger": "2.0", "info": {}, "paths": {}}'],
    ['no info', '{"openapi": "3.1.0", "paths": {}}'],
    ['long YAML that is broken', longYaml('  - }')],
    ['long YAML that stands for far more', longYaml(`a: &a ${'x'.repeat(300_000)}\nb: [${'*a,'.repeat(90)}]\n`)],
    ['a long list', '- some words\n'.repeat(30_000)],
  ])('of %s can’t be used, and says why', async (_what, text) => {
    await expect(readDocument(text, signal)).rejects.toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/^The OpenAPI document can't be used: it/),
    });
  });

  it('may be YAML', async () => {
    const { info, servers } = await readDocument(`${HEAD}servers: [{url: /v1}]\n`, signal);
    expect([info, servers]).toEqual([{ title: 'A', version: '1' }, [{ url: '/v1' }]]);
  });

  it.each([
    ['short', ''],
    ['long', `text: ${'x'.repeat(300_000)}\n`],
  ])('of %s YAML that names itself over and over is refused', async (_what, text) => {
    const lines = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]\n`);
    const document = `openapi: 3.1.0\n${text}a0: &a0 [x]\n${lines.join('')}`;
    await expect(readDocument(document, signal)).rejects.toThrow('neither JSON nor YAML');
  });

  it('of long YAML is read while other things are done', async () => {
    const reading = readDocument(longYaml(), signal);
    expect(await turnsDuring(reading)).toBeGreaterThan(0);
    expect(Object.keys((await reading).paths)).toHaveLength(10);
  });

  it('of long YAML is read no longer when nobody waits for it', async () => {
    const controller = new AbortController();
    const reading = readDocument(longYaml(), controller.signal);
    controller.abort(new Error('nobody waits'));
    await expect(reading).rejects.toThrow('nobody waits');
  });
});
