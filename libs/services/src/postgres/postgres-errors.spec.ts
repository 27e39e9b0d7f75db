import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { toConnectionError, toOperationError } from './postgres-errors.js';

function fromServer(code: string, message: string, more: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  const severity = code.startsWith('57P0') ? 'FATAL' : 'ERROR';
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), { severity, code, ...more });
}

function fromSocket(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

const secrets = /10\.1\.2\.3|db\.internal|5432|hunter2|reader/;

describe('toOperationError', () => {
  it.each([
    [fromSocket('ECONNREFUSED', 'connect ECONNREFUSED 10.1.2.3:5432'), 'unavailable', { retryable: true }],
    [fromSocket('ENOTFOUND', 'getaddrinfo ENOTFOUND db.internal'), 'unavailable', { retryable: true }],
    [fromSocket('EAI_AGAIN', 'getaddrinfo EAI_AGAIN db.internal'), 'unavailable', { retryable: true }],
    [fromSocket('EPIPE', 'write EPIPE'), 'unavailable', { retryable: true }],
    [new Error('Connection terminated unexpectedly'), 'unavailable', { retryable: true }],
    [new Error('Connection terminated due to connection timeout'), 'unavailable', { retryable: true }],
    [new Error('timeout exceeded when trying to connect'), 'unavailable', { retryable: true }],
    [fromSocket('SELF_SIGNED_CERT_IN_CHAIN', 'certificate of db.internal'), 'unavailable', { retryable: false }],
    [new Error('SASL: client password must be a string'), 'unavailable', { retryable: false }],
    [new Error('The server does not support SSL connections'), 'unavailable', { retryable: false }],
    [fromServer('57P01', 'terminating connection'), 'unavailable', { retryable: true }],
    [fromServer('25P03', 'idle in transaction', { severity: 'FATAL' }), 'unavailable', { retryable: true }],
    [fromServer('57P01', 'завершение', { severity: 'ВАЖНО' }), 'unavailable', { retryable: true }],
    [fromServer('08001', 'could not connect to server "other"'), 'failed', { sqlState: '08001' }],
    [fromServer('28000', 'raised by a function'), 'failed', { sqlState: '28000' }],
    [fromServer('3D000', 'database "nosuch" does not exist'), 'failed', { sqlState: '3D000' }],
    [fromServer('53300', 'raised by a function'), 'failed', { sqlState: '53300' }],
    [fromServer('57014', 'canceling statement due to statement timeout'), 'deadline', { sqlState: '57014' }],
    [fromServer('57014', 'canceling statement due to user request'), 'failed', { sqlState: '57014' }],
    [fromServer('55P03', 'canceling statement due to lock timeout'), 'failed', { sqlState: '55P03' }],
    [
      fromServer('42P01', 'relation "a" does not exist', { position: '15', hint: 'look' }),
      'failed',
      { sqlState: '42P01', position: 15, hint: 'look' },
    ],
  ])('%s', (cause, kind, details) => {
    const error = toOperationError(cause, 'shop');
    expect({ kind: error.kind, details: error.details, cause: error.cause }).toEqual({ kind, details, cause });
    expect(error.message + JSON.stringify(error.details)).not.toMatch(secrets);
  });

  it('leaves an OperationError as it is', () => {
    const error = new OperationError('failed', 'a row is too large');
    expect(toOperationError(error, 'shop')).toBe(error);
  });
});

describe('toConnectionError', () => {
  it.each([
    [fromServer('08006', 'connection to server at "10.1.2.3" failed'), 'unavailable', { retryable: true }],
    [fromServer('57P01', 'terminating connection'), 'unavailable', { retryable: true }],
    [fromServer('57P03', 'the database system is starting up'), 'unavailable', { retryable: true }],
    [fromServer('53300', 'too many connections for role "reader"'), 'unavailable', { retryable: true }],
    [fromServer('28P01', 'password authentication failed for user "reader"'), 'unavailable', { retryable: false }],
    [
      fromServer('28000', 'no pg_hba.conf entry for host "10.1.2.3", user "reader"'),
      'unavailable',
      { retryable: false },
    ],
    [fromServer('3D000', 'database "db.internal" does not exist'), 'unavailable', { retryable: false }],
    [fromServer('XX000', 'out of something at 10.1.2.3'), 'unavailable', { retryable: true }],
    [fromSocket('ECONNREFUSED', 'connect ECONNREFUSED 10.1.2.3:5432'), 'unavailable', { retryable: true }],
  ])('%s', (cause, kind, details) => {
    const error = toConnectionError(cause, 'shop');
    expect({ kind: error.kind, details: error.details, cause: error.cause }).toEqual({ kind, details, cause });
    expect(error.message + JSON.stringify(error.details)).not.toMatch(secrets);
  });
});
