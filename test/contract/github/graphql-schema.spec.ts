import { expect, it } from 'vitest';
import { problemsOfData, problemsOfQuery } from './graphql-schema.js';

const query = (fields: string) => ({
  query: `query ($number: Int!) { repository(owner: "a", name: "b") { pullRequest(number: $number) { ${fields} } } }`,
  variables: { number: 1 },
});
const threads = 'reviewThreads(first: 1) { pageInfo { hasNextPage endCursor } }';
const data = (pageInfo: object) => ({ repository: { pullRequest: { reviewThreads: { pageInfo } } } });

it.each([
  ['a query that fits', query(threads), []],
  ['a field that is not there', query('mergedBy'), ['Cannot query field "mergedBy" on type "PullRequest".']],
  ['an argument of another type', query(threads.replace('1', '"1"')), ['Int cannot represent non-integer value: "1"']],
])('sees %s', (_what, call, problems) => {
  expect(problemsOfQuery(call)).toEqual(problems);
});

const other = 'it holds more or less than was asked for';
it.each([
  ['data that fits', { hasNextPage: false, endCursor: null }, []],
  ['what is missing', { endCursor: null }, ['Cannot return null for non-nullable field PageInfo.hasNextPage.', other]],
  [
    'another type',
    { hasNextPage: 'no', endCursor: null },
    ['Boolean cannot represent a non boolean value: "no"', other],
  ],
  ['what was not asked for', { hasNextPage: true, endCursor: null, more: 1 }, [other]],
])('sees %s', (_what, pageInfo, problems) => {
  expect(problemsOfData(query(threads), data(pageInfo))).toEqual(problems);
});
