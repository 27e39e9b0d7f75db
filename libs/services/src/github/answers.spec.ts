import { z } from 'zod';
import { at, listAt, shaped, textAt } from './answers.js';
import { describe, expect, it } from 'vitest';

const shape = z.object({ number: z.int(), extra: z.record(z.string(), z.unknown()).optional() });
const isMalformed = expect.objectContaining({
  kind: 'unavailable',
  message: expect.stringContaining('GitHub answered') as unknown,
}) as Error;

describe('an object of GitHub', () => {
  it('is told in camel case, with people, labels, teams and milestones by their names', () => {
    const told = z.object({
      user: z.string().nullable(),
      requestedReviewers: z.array(z.string()),
      requestedTeams: z.array(z.string()),
      labels: z.array(z.string()),
      milestone: z.string(),
      head: z.object({ ref: z.string(), user: z.string() }),
    });
    const raw = {
      user: null,
      requested_reviewers: [{ login: 'ada', id: 1 }],
      requested_teams: [{ slug: 'core', name: 'Core' }],
      labels: [{ name: 'bug', color: 'f00' }, 'old form'],
      milestone: { title: 'One', number: 1 },
      head: { ref: 'topic', user: { login: 'ada' }, repo: { huge: true } },
      node_id: 'left out',
    };
    expect(shaped(told, raw)).toEqual({
      user: null,
      requestedReviewers: ['ada'],
      requestedTeams: ['core'],
      labels: ['bug', 'old form'],
      milestone: 'One',
      head: { ref: 'topic', user: 'ada' },
    });
  });

  it.each([
    [{ url: 'api', html_url: 'page' }, 'page'],
    [{ html_url: 'page', url: 'api' }, 'page'],
    [{ url: 'api' }, 'api'],
  ])('%j has the url %s', (raw, url) => {
    expect(shaped(z.object({ url: z.string() }), raw)).toEqual({ url });
  });

  it('lets what is derived stand over what GitHub says', () => {
    expect(shaped(shape, { number: 1 }, undefined, { number: 2 })).toEqual({ number: 2 });
  });

  it('has in extra what was asked for, by path and in GitHub’s own words', () => {
    const raw = { number: 1, node_id: 'N1', head: { label: 'a:b' } };
    expect(shaped(shape, raw, ['node_id', 'head.label', 'nothing.there'])).toEqual({
      number: 1,
      extra: { node_id: 'N1', 'head.label': 'a:b', 'nothing.there': null },
    });
    expect(shaped(shape, raw, ['*'])).toEqual({ number: 1, extra: raw });
  });

  it.each([[{ number: 'one' }], [{}], ['text'], [null], [[]]])('that is %j is malformed', (raw) => {
    expect(() => shaped(shape, raw)).toThrow(isMalformed);
  });
});

describe('members', () => {
  it.each([
    ['head.ref', 'x'],
    ['head', { ref: 'x' }],
    ['head.ref.length', undefined],
    ['tail.ref', undefined],
  ])('at %s', (path, value) => {
    expect(at({ head: { ref: 'x' } }, path)).toEqual(value);
  });

  it('that GitHub promises are malformed where they are something else', () => {
    expect(() => textAt({ a: 1 }, 'a')).toThrow(isMalformed);
    expect(() => listAt({ a: 'text' }, 'a')).toThrow(isMalformed);
    expect(() => listAt({ a: [] })).toThrow(isMalformed);
    expect(listAt([1])).toEqual([1]);
  });
});
