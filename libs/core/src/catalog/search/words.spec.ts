import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsOf, termOf, wordsOf } from './words.js';

describe('a text', () => {
  it.each([
    ['list open issues', ['list', 'open', 'issues']],
    ['call read_result, then stop.', ['call', 'read_result', 'read', 'result', 'then', 'stop']],
    ['kids-ascension.users', ['kids_ascension_users', 'kids', 'ascension', 'users']],
    ['getIssueURL on GitHub', ['get_Issue_URL', 'get', 'Issue', 'URL', 'on', 'GitHub']],
    ['... -- _', []],
    ['Größe é', ['Größe', 'é']],
    ['', []],
  ])('%j is the words %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('is cut where it is endless', () => {
    expect(wordsOf('word '.repeat(100_000))).toHaveLength(500);
  });

  // each of them took minutes, or all of the stack
  it.each([`a${'-'.repeat(250_000)}b`, 'a-'.repeat(130_000), `${'.'.repeat(250_000)}x`])(
    'is read at once where it is %.5s… without an end',
    (text) => {
      expect(wordsOf(text).length).toBeLessThanOrEqual(500);
    },
  );
});

it.each([
  ['GetIssue', ['Get_Issue', 'Get', 'Issue']],
  ['github__create-pull_request', ['github_create_pull_request', 'github', 'create', 'pull', 'request']],
  ['dns', ['dns']],
])('the name %s has the parts %j', (name, parts) => {
  expect(partsOf(name)).toEqual(parts);
});

describe('words that are compared as one', () => {
  it.each([
    ['deploys', 'deployed', 'deploying', 'deployment', 'deployments', 'Deploy'],
    ['query', 'queries', 'QUERY'],
    ['create', 'creates', 'created', 'creating', 'creation'],
    ['run', 'runs', 'running'],
    ['merge', 'merged', 'merging'],
    ['index', 'indexes', 'indexed'],
  ])('%s, %s, %s …', (...words) => {
    expect(new Set(words.map(termOf))).toHaveLength(1);
  });

  it('keeps apart what only looks alike', () => {
    expect(new Set(['status', 'state', 'string', 'stream', 'process', 'proceed', 'need'].map(termOf))).toHaveLength(7);
  });

  it.each(['the', 'The', 'please', 'me'])('%s tells nothing', (word) => {
    expect(termOf(word)).toBeUndefined();
  });
});

it('makes only terms that a word can have, of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      for (const word of wordsOf(text)) {
        expect(word).not.toBe('');
        expect(termOf(word)).not.toBe('');
      }
    }),
  );
});
