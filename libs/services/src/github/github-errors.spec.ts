import { OperationError } from '#libs/kit';
import { toldAs } from './github-errors.js';
import { describe, expect, it } from 'vitest';

const errorOf = (thrown: unknown, kind: 'app' | 'token', changes: boolean) =>
  toldAs(thrown, kind, changes) as OperationError;

const answered = (status: number, data: unknown, headers: Record<string, string> = {}) =>
  Object.assign(new Error('HTTP'), { status, response: { headers, data } });

describe('a refusal with 403', () => {
  it.each([
    [{ 'x-accepted-github-permissions': 'actions=write' }, 'the App lacks Actions: write (no)'],
    [
      { 'x-accepted-github-permissions': 'pull_requests=write; issues=write' },
      'the App lacks Pull requests: write or Issues: write',
    ],
    [{ 'x-github-sso': 'required; url=https://github.com/orgs/x/sso?authorization_request=s3cret' }, 'single sign-on'],
    [{}, 'GitHub refuses this: no'],
  ])('with %j says what is missing', (headers, words) => {
    const error = errorOf(answered(403, { message: 'no' }, headers), 'app', false);
    expect(error).toMatchObject({ kind: 'failed', details: { status: 403 } });
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('s3cret');
  });

  it('names the scopes that a classic token lacks', () => {
    const failure = answered(
      403,
      { message: 'Resource not accessible by personal access token' },
      { 'x-accepted-oauth-scopes': 'repo, admin:org' },
    );
    expect(errorOf(failure, 'token', false).message).toContain('the token lacks the scope repo or admin:org');
  });
});

describe('GitHub’s words', () => {
  it('come with what it says about each field', () => {
    const errors = [
      { resource: 'Issue', field: 'title', code: 'missing_field' },
      { code: 'custom', message: 'No commits between main and x' },
      'plain text',
      42,
    ];
    expect(errorOf(answered(422, { message: 'Validation Failed', errors }), 'app', true).message).toBe(
      'GitHub refuses this: Validation Failed; title: missing field; No commits between main and x; plain text',
    );
  });

  it('lose tokens, and end after 500 characters', () => {
    const message = `ghs_${'a'.repeat(200)} and github_pat_11ABC_def ${'x'.repeat(900)}`;
    const told = errorOf(answered(422, { message }), 'app', true).message;
    expect(told).toContain('… and … xxx');
    expect(told.length).toBeLessThan(550);
  });

  it.each([[undefined], ['<html>'], [{ message: 7 }], [new ArrayBuffer(2)]])('may be missing: %j', (data) => {
    expect(errorOf(answered(422, data), 'app', true).message).toBe('GitHub refuses this: no reason was given');
  });
});

describe('trouble at GitHub', () => {
  it('may be tried again where nothing was to change, and tells to look first where something was', () => {
    expect(errorOf(answered(502, ''), 'app', false)).toMatchObject({
      kind: 'unavailable',
      details: { retryable: true },
    });
    const change = errorOf(answered(502, ''), 'app', true);
    expect(change).toMatchObject({ kind: 'unavailable', details: { retryable: false } });
    expect(change.message).toContain('whether the change was made is not known');
  });

  it.each([
    [500, '', 'answered'],
    [503, { message: 'Service Unavailable' }, 'answered'],
    [502, '<html>', 'away'],
    [504, '', 'away'],
  ])('with %i and %j tells whether GitHub has answered', (status, data, sign) => {
    for (const changes of [false, true])
      expect(errorOf(answered(status, data), 'app', changes)).toMatchObject({ sign });
  });
});

describe('a failure to get the App’s token', () => {
  const request = { url: 'https://api.github.com/app/installations/1/access_tokens' };
  const ofToken = (status: number, data: unknown) => Object.assign(answered(status, data), { request });

  it.each([401, 403, 404])('with %i is one of what the operator has set', (status) => {
    expect(errorOf(ofToken(status, { message: 'no' }), 'app', true)).toMatchObject({
      kind: 'not-configured',
      details: { missing: ['GITHUB_APP_ID', 'GITHUB_INSTALLATION_ID', 'GITHUB_PRIVATE_KEY'] },
    });
  });

  it.each([
    [422, { message: 'no' }, 'answered'],
    [500, '', 'answered'],
    [502, '', 'away'],
  ])('with %i may pass, and leaves no change in doubt', (status, data, sign) => {
    const error = errorOf(ofToken(status, data), 'app', true);
    expect(error).toMatchObject({ kind: 'unavailable', sign, details: { retryable: true } });
    expect(error.message).not.toContain('whether the change was made');
  });

  it('that the connection told leaves no change in doubt', () => {
    const cause = new OperationError('unavailable', 'GitHub broke off', { retryable: true });
    expect(errorOf(Object.assign(new Error('HTTP'), { status: 500, cause, request }), 'app', true)).toBe(cause);
  });
});

describe('a failure before an answer', () => {
  it('is what the connection said', () => {
    const deadline = new OperationError('deadline', 'too slow');
    expect(errorOf(Object.assign(new Error('HTTP'), { status: 500, cause: deadline }), 'app', false)).toBe(deadline);
    expect(errorOf(deadline, 'app', false)).toBe(deadline);
  });

  it('leaves it in doubt whether a change was made', () => {
    const lost = new OperationError('unavailable', 'GitHub broke off', { retryable: true });
    expect(errorOf(lost, 'app', true)).toMatchObject({
      kind: 'unavailable',
      message: 'GitHub broke off; whether the change was made is not known, so look before you repeat it',
      details: { retryable: false },
    });
  });

  it('that nobody expected is no fault of GitHub’s', () => {
    const bug = new TypeError('x is not a function');
    expect(toldAs(bug, 'app', false)).toBe(bug);
  });
});

describe('GraphQL’s errors', () => {
  const graphql = (errors: object[]) =>
    Object.assign(new Error('GraphQL'), { request: { query: '' }, errors, response: { data: null, errors } });

  it('are told as they are', () => {
    const error = errorOf(graphql([{ type: 'NOT_FOUND', message: 'No such pull request' }]), 'app', true);
    expect(error).toMatchObject({ kind: 'failed', message: 'GitHub refuses this: No such pull request' });
  });

  it('are a limit where they say so', () => {
    const error = errorOf(graphql([{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }]), 'app', true);
    expect(error).toMatchObject({ kind: 'limited', details: { retryAfterMs: 60_000 } });
  });
});
