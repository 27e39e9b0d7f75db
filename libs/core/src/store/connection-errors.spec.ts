import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { connectionProblem, isUnanswered, loginProblem, personsTask, refusalProblem } from './connection-errors.js';

const withCode = (code: string, message = 'x') => Object.assign(new Error(message), { code });

function fromServer(code: string): DatabaseError {
  return Object.assign(new DatabaseError('x', 1, 'error'), { code });
}

const storeError = (cause: unknown) => new OperationError('unavailable', 'x', { retryable: true }, { cause });

describe('connectionProblem', () => {
  it.each<[string, unknown, string]>([
    ['a refused connection', withCode('ECONNREFUSED'), 'the connection was refused'],
    ['several refused addresses', new AggregateError([withCode('ECONNREFUSED')]), 'the connection was refused'],
    ['an unknown host', withCode('ENOTFOUND', 'getaddrinfo ENOTFOUND db.internal'), 'its host name is not known'],
    ['a server that starts up', fromServer('57P03'), 'it is starting up'],
    ['a server that shuts down, by TypeORM', new QueryFailedError('', [], fromServer('57P01')), 'it is shutting down'],
    ['a connection exception', fromServer('08006'), 'the connection was cut'],
    ['a connection that ended', new Error('Connection terminated unexpectedly'), 'the connection was cut'],
    ['a slow connect', new Error('Connection terminated due to connection timeout'), 'it did not answer in time'],
    ['a slow pool', new Error('timeout exceeded when trying to connect'), 'it did not answer in time'],
    ['what the store made of one', storeError(withCode('ECONNRESET')), 'the connection was cut'],
    [
      'a socket that is missing',
      Object.assign(withCode('ENOENT'), { syscall: 'connect' }),
      'its socket does not exist',
    ],
    ['a slow statement', new Error('Query read timeout'), 'it did not answer in time'],
    ['a session that was idle', fromServer('57P05'), 'it ended the connection by a timeout of its own'],
  ])('knows %s', (_what, error, reason) => {
    expect(connectionProblem(error)).toBe(reason);
    expect(personsTask(error)).toBeUndefined();
  });

  it.each([
    fromServer('23505'),
    fromServer('28P01'),
    Object.assign(withCode('ENOENT'), { syscall: 'open', path: '/nowhere/root.crt' }),
    new Error('a bug'),
    'text',
    undefined,
  ])('passes by %s', (error) => {
    expect(connectionProblem(error)).toBeUndefined();
  });
});

describe('refusalProblem', () => {
  it.each<[string, unknown, RegExp]>([
    ['a full disk', fromServer('53100'), /disk is full; make room/],
    ['one that TypeORM has wrapped', new QueryFailedError('', [], fromServer('53100')), /disk is full/],
    ['what the store made of one', storeError(fromServer('53100')), /disk is full/],
    ['too little memory', fromServer('53200'), /out of memory/],
    ['a standby', fromServer('25006'), /read-only/],
    ['an operator', fromServer('57000'), /operator/],
    ['a broken disk', fromServer('58030'), /disk or its system fails/],
  ])('knows %s', (_what, error, reason) => {
    expect(refusalProblem(error)).toMatch(reason);
    expect(connectionProblem(error)).toBeUndefined();
    expect(personsTask(error)).toBeUndefined();
  });

  it.each([
    fromServer('57014'),
    fromServer('53400'),
    fromServer('57P01'),
    fromServer('53300'),
    fromServer('23505'),
    withCode('53100'),
    new Error('a bug'),
  ])('passes by %s', (error) => expect(refusalProblem(error)).toBeUndefined());
});

describe('personsTask', () => {
  it.each<[unknown, RegExp]>([
    [fromServer('28P01'), /password .* wrong/],
    [fromServer('28000'), /pg_hba/],
    [fromServer('3D000'), /create it/],
    [fromServer('42501'), /grant it CREATE/],
    [new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'), /asks for a password/],
    [new Error('The server does not support SSL connections'), /sslmode/],
    [withCode('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'), /sslmode/],
  ])('of %s', (error, task) => {
    expect(personsTask(error)).toMatch(task);
    expect(connectionProblem(error)).toBeUndefined();
  });

  it('is a problem of whoever connects where it is about the login', () => {
    expect(['28P01', '28000', '3D000', '42501'].map((code) => loginProblem(fromServer(code)) !== undefined)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('is none for a bug', () => {
    expect(personsTask(new Error('a bug'))).toBeUndefined();
  });
});

it.each<[boolean, unknown]>([
  [true, new Error('Query read timeout')],
  [true, new Error('Connection terminated unexpectedly')],
  [true, new QueryFailedError('', [], fromServer('57P01'))],
  [true, withCode('ECONNRESET')],
  [true, fromServer('08006')],
  [true, fromServer('08P01')],
  [false, fromServer('08004')],
  [false, new Error('Connection terminated due to connection timeout')],
  [false, new Error('timeout exceeded when trying to connect')],
  [false, withCode('ECONNREFUSED')],
  [false, fromServer('57P03')],
  [false, fromServer('28P01')],
])('that a statement may have been done is %s after %s', (may, error) => {
  expect(isUnanswered(error)).toBe(may);
});
