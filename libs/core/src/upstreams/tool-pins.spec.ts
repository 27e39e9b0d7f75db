import { describe, expect, it } from 'vitest';
import { ToolPins } from './tool-pins.js';

const echo = { name: 'echo', description: 'Echoes', inputSchema: { type: 'object', required: ['a'] } };
const changed = { ...echo, description: 'Echoes, and more' };
const nobody = new Set<string>();
const namesOf = (pins: ToolPins) => pins.offered().map(({ tool }) => tool);

describe('the tools of an upstream', () => {
  it('are approved when they are first seen, and written once', () => {
    const pins = new ToolPins();
    expect(pins.see([echo], nobody)).toMatchObject([{ tool: 'echo', approved: echo, pending: null, listed: true }]);
    expect(pins.see([echo], nobody)).toEqual([]);
    expect(namesOf(pins)).toEqual(['echo']);
  });

  it.each([
    [
      'its members in another order',
      { inputSchema: { required: ['a'], type: 'object' }, description: 'Echoes', name: 'echo' },
    ],
    ['another icon', { ...echo, icons: [{ src: 'x' }] }],
  ])('stay approved with %s', (_what, same) => {
    const pins = new ToolPins();
    pins.see([echo], nobody);
    pins.see([same], nobody);
    expect(namesOf(pins)).toEqual(['echo']);
    expect(pins.quarantined).toBe(0);
  });

  it.each([
    ['description', changed],
    ['title', { ...echo, title: 'x' }],
    ['input schema', { ...echo, inputSchema: { type: 'object' } }],
    ['output schema', { ...echo, outputSchema: { type: 'object' } }],
    ['annotations', { ...echo, annotations: { readOnlyHint: true } }],
  ])('are withheld with another %s', (_what, other) => {
    const pins = new ToolPins();
    pins.see([echo], nobody);
    expect(pins.see([other], nobody)).toMatchObject([{ tool: 'echo', approved: echo, pending: other }]);
    expect(namesOf(pins)).toEqual([]);
    expect(pins.quarantined).toBe(1);
    // as it was
    pins.see([echo], nobody);
    expect(namesOf(pins)).toEqual(['echo']);
  });

  it('that went away and come back changed are withheld', () => {
    const pins = new ToolPins();
    pins.see([echo], nobody);
    expect(pins.see([], nobody)).toMatchObject([{ tool: 'echo', listed: false }]);
    expect(namesOf(pins)).toEqual([]);
    pins.see([changed], nobody);
    expect(pins.quarantined).toBe(1);
  });

  it('are forgotten beyond 2,000 that are gone, those first that were there for the shortest time', () => {
    const pins = new ToolPins();
    const at = (minute: number) => new Date(minute * 60_000);
    const fresh = (list: number) => Array.from({ length: 1_000 }, (_, n) => ({ ...echo, name: `t${list}_${n}` }));
    pins.see([echo, { ...echo, name: 'other' }], nobody, at(0));
    pins.see([echo, { ...changed, name: 'other' }], nobody, at(1));
    for (let list = 0; list < 20; list += 1) pins.see(fresh(list), nobody, at(2 + list));
    expect(pins.all()).toHaveLength(3_001);
    const forgotten = pins.takeForgotten();
    expect(forgotten).toHaveLength(17_001);
    expect([forgotten.includes('t0_0'), forgotten.includes('t18_999'), pins.takeForgotten()]).toEqual([
      true,
      false,
      [],
    ]);
    pins.see([changed, { ...echo, name: 'other' }], nobody, at(30));
    expect(namesOf(pins)).toEqual(['other']);
    expect(pins.quarantined).toBe(1);
  });

  it('are not forgotten for names that are listed, changed and gone within moments', () => {
    const pins = new ToolPins();
    const at = (second: number) => new Date(second * 1_000);
    const flood = (name: string, description: string) =>
      Array.from({ length: 1_000 }, (_, n) => ({ ...echo, name: `${name}${n}`, description }));
    pins.see([echo], nobody, at(0));
    pins.see([echo], nobody, at(30 * 24 * 3_600));
    let now = 30 * 24 * 3_600;
    for (const name of ['k', 'l', 'm', 'n']) {
      for (const description of ['one', 'other']) pins.see(flood(name, description), nobody, at((now += 1)));
    }
    pins.see([changed], nobody, at(now + 1));
    expect([namesOf(pins), pins.quarantined]).toEqual([[], 1]);
  });

  it('are forgotten where the store has more that are gone', () => {
    const rows = Array.from({ length: 2_500 }, (_, n) => ({ ...echo, name: `t${n}` })).map((definition) => {
      const pins = new ToolPins();
      pins.see([definition], nobody);
      return { ...pins.all()[0]!, listed: false };
    });
    const pins = new ToolPins();
    expect(pins.adopt(rows)).toEqual([]);
    expect([pins.all().length, pins.takeForgotten().length]).toEqual([2_000, 500]);
  });

  it('are offered as they have become once that is approved', () => {
    const pins = new ToolPins();
    pins.see([echo], nobody);
    pins.see([changed], nobody);
    pins.approve(pins.approved(pins.get('echo')!));
    expect(pins.offered()).toMatchObject([{ approved: changed, pending: null }]);
    pins.see([changed], nobody);
    expect(namesOf(pins)).toEqual(['echo']);
  });
});

describe('what the store knows', () => {
  const stored = (definition: typeof echo) => {
    const pins = new ToolPins();
    pins.see([definition], nobody);
    return [...pins.all()];
  };

  it('goes before what was only seen while the store was away', () => {
    const pins = new ToolPins();
    pins.see([changed, { ...echo, name: 'new' }], nobody);
    expect(pins.adopt(stored(echo))).toMatchObject([{ tool: 'new' }]);
    expect(pins.get('echo')).toMatchObject({ approved: echo, pending: changed });
    expect(namesOf(pins)).toEqual(['new']);
  });

  it('is taken where somebody has approved the change meanwhile', () => {
    const pins = new ToolPins();
    pins.see([echo], nobody);
    pins.see([changed], nobody);
    pins.adopt(stored(changed));
    expect(pins.quarantined).toBe(0);
  });

  it('remembers who asks', () => {
    const pins = new ToolPins();
    pins.see([echo], nobody);
    expect(pins.markAsking(new Set(['echo', 'gone']))).toMatchObject([{ tool: 'echo', asks: true }]);
    expect(pins.markAsking(new Set(['echo']))).toEqual([]);
    pins.see([changed], nobody);
    expect(pins.get('echo')).toMatchObject({ asks: true });
  });
});
