import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { applyPatch } from 'diff';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { editFile as declaration } from '../operations/writing.js';
import { openWorkspace, refusalOf, type TestWorkspace } from '../testing/workspace.js';
import { editFile } from './edit-file.js';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = await openWorkspace();
});
afterAll(() => workspace.close());

type Edit = { oldText: string; newText: string; all?: boolean };
const edit = (path: string, edits: Edit[], dryRun = false) =>
  editFile(workspace.roots, declaration.input.parse({ path, edits, dryRun }));
const write = (name: string, content: string | Uint8Array) => writeFileSync(workspace.at(name), content);
const contentOf = (name: string) => readFileSync(workspace.at(name), 'utf8');

const poem = 'roses are red\nviolets are blue\nthat is all\n';

describe('an edit', () => {
  it('replaces exact text, and shows what changed', async () => {
    write('poem', poem);
    expect(await edit('poem', [{ oldText: 'blue', newText: 'violet' }])).toEqual({
      path: 'poem',
      changed: true,
      replaced: 1,
      diff: [
        '--- poem',
        '+++ poem',
        '@@ -1,3 +1,3 @@',
        ' roses are red',
        '-violets are blue',
        '+violets are violet',
        ' that is all',
        '',
      ].join('\n'),
    });
    expect(contentOf('poem')).toBe(poem.replace('blue', 'violet'));
  });

  it('waits for others of the same file, so that each is kept', async () => {
    write('poem', poem);
    const edits = [
      ['roses', 'tulips'],
      ['violets', 'lilacs'],
      ['all', 'more'],
      ['red', 'white'],
    ] as const;
    const answers = await Promise.all(edits.map(([oldText, newText]) => edit('poem', [{ oldText, newText }])));
    expect(answers.map(({ changed }) => changed)).toEqual([true, true, true, true]);
    expect(contentOf('poem')).toBe('tulips are white\nlilacs are blue\nthat is more\n');
  });

  it.each([
    [{ oldText: '\ud83d', newText: 'x' }, 'edits.0.oldText: expected text of whole characters'],
    [{ oldText: 'x', newText: 'a\ude00' }, 'edits.0.newText: expected text of whole characters'],
  ])('is refused for half a character: %j', async (one, refusal) => {
    write('smile', 'smile 😀 x');
    await expect(edit('smile', [one])).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(refusal),
    });
    expect(contentOf('smile')).toBe('smile 😀 x');
  });

  it('sees what the one before it left', async () => {
    write('poem', poem);
    const edits = [
      { oldText: 'red', newText: 'blue' },
      { oldText: 'are blue', newText: 'are $& green', all: true },
    ];
    expect(await edit('poem', edits)).toMatchObject({ replaced: 3 });
    expect(contentOf('poem')).toBe('roses are $& green\nviolets are $& green\nthat is all\n');
  });

  it('changes nothing in a dry run, whose diff makes the same change', async () => {
    write('poem', poem);
    const edits = [{ oldText: 'all\n', newText: 'all' }];
    const { changed, diff } = await edit('poem', edits, true);
    expect({ changed, content: contentOf('poem') }).toEqual({ changed: false, content: poem });
    await edit('poem', edits);
    expect(contentOf('poem')).toBe(applyPatch(poem, diff!));
  });

  it('that changes nothing writes nothing', async () => {
    write('poem', poem);
    expect(await edit('poem', [{ oldText: 'red', newText: 'red' }])).toMatchObject({ changed: false, diff: '' });
  });

  it.each([
    [
      [{ oldText: 'pink', newText: '' }],
      'edits.0.oldText: expected text that is in the file (read it again, white space counts), got text that is not',
    ],
    [
      [{ oldText: 'red\nvio', newText: '' }],
      'edits.0.oldText: expected text that is in the file (its lines end in \\r\\n), got text that is not',
    ],
    [
      [
        { oldText: 'red', newText: 'blue' },
        { oldText: 'are', newText: '' },
      ],
      'edits.1.oldText: expected text that occurs once (add lines around it, or set all), got text that occurs 2 times',
    ],
    [
      [{ oldText: 'e', newText: 'x'.repeat(1_000_000), all: true }],
      'edits.0: expected a file of at most 4194304 characters afterwards, got 6000040',
    ],
  ])('is refused with all others where it can’t be made: %#', async (edits, refusal) => {
    write('crlf', poem.replaceAll('\n', '\r\n'));
    expect(await refusalOf(edit('crlf', edits))).toBe(`invalid: ${refusal}`);
    expect(contentOf('crlf')).toBe(poem.replaceAll('\n', '\r\n'));
  });

  it('is refused in what is no text, too large, a link, or git’s', async () => {
    write('bytes', Uint8Array.of(97, 0));
    write('large', 'x'.repeat(2 * 1024 * 1024 + 1));
    symlinkSync('poem', workspace.at('link'));
    const change = [{ oldText: 'a', newText: 'b' }];
    expect(await refusalOf(edit('bytes', change))).toContain('is not text in UTF-8');
    expect(await refusalOf(edit('large', change))).toBe(
      'failed: "large" is larger than 2097152 bytes, too large to edit',
    );
    expect(await refusalOf(edit('link', change))).toContain('is a symbolic link');
    expect(await refusalOf(edit('.git/config', change))).toContain('is not in the workspace');
  });

  it('holds nothing up, however large the file and the change are', async () => {
    const lines = Array.from({ length: 60_000 }, (_, index) => `line ${index} ${(index * 7919) % 1000}`);
    write('many', lines.join('\n'));
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const result = await edit('many', [
      { oldText: lines.slice(0, 30_000).join('\n'), newText: lines.slice(30_000).reverse().join('\n') },
    ]);
    delay.disable();
    expect(result).toMatchObject({ changed: true, diff: null });
    // for a diff alone it would be seconds
    expect(delay.max / 1e6).toBeLessThan(2_000);
  });
});
