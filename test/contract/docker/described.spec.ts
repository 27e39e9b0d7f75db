import { expect, it } from 'vitest';
import { problemOfAnswer, problemOfQuery } from './described.js';

it.each([
  ['/containers/json', 'all=true&filters={}', undefined],
  ['/containers/json', 'all=yes', '/containers/json: all is no boolean'],
  ['/containers/{id}/logs', 'since=1.5&tail=5', undefined],
  ['/containers/{id}/logs', 'since=15m', '/containers/{id}/logs: since is no number'],
  ['/info', 'x=1', '/info has no parameter x'],
  ['/containers/{id}/kill', '', '/containers/{id}/kill is not described'],
])('holds a request to the description: %s?%s', (path, query, problem) => {
  expect(problemOfQuery(path, new URLSearchParams(query))).toBe(problem);
});

it.each([
  [{ NCPU: 4, Warnings: null }, undefined],
  [{ NCPU: '4' }, '/info/NCPU must be number'],
  [{ Cpus: 4 }, '/info must NOT have additional properties'],
])('holds an answer to it: %j', (body, problem) => {
  expect(problemOfAnswer('/info', body)).toBe(problem);
});
