import { describe, expect, it } from 'vitest';
import { refusalOf, sessionOptions, targetOf } from './session.js';

describe('targetOf', () => {
  it.each([
    ['postgres://u@h/d', undefined, 'postgres://u@h/d'],
    ['postgres://u@h/d', 'p@s/s:%', 'postgres://u:p%40s%2Fs%3A%25@h/d'],
    ['postgres://u:old@h/d?sslmode=verify-full', 'new', 'postgres://u:new@h/d?sslmode=verify-full'],
    [
      'postgres://u@h/d?options=-c%20a%3Db&statement_timeout=0&host=/run/pg',
      undefined,
      'postgres://u@h/d?host=%2Frun%2Fpg',
    ],
    ['postgres://u@h/d?options=a&options=b&replication=database', undefined, 'postgres://u@h/d'],
  ])('%s with the password %s', (url, password, connectionString) => {
    expect(targetOf(url, password)).toEqual({ connectionString });
  });
});

describe('sessionOptions', () => {
  it('make a session read-only, limited in time and readable', () => {
    expect(
      sessionOptions(1_234)
        .split('-c ')
        .map((option) => option.trim()),
    ).toEqual([
      '',
      'default_transaction_read_only=on',
      'statement_timeout=1234',
      'lock_timeout=2000',
      'idle_in_transaction_session_timeout=10000',
      'standard_conforming_strings=on',
      'bytea_output=hex',
      'DateStyle=ISO',
      'TimeZone=UTC',
    ]);
  });
});

describe('refusalOf', () => {
  const good = { readOnly: true, superuser: false, reachesServer: false };

  it.each([
    [good, false, undefined],
    [{ ...good, superuser: true }, false, 'is a superuser'],
    [{ ...good, reachesServer: true }, false, 'may run programs or read files'],
    [{ ...good, superuser: true, reachesServer: true }, true, undefined],
    [{ ...good, readOnly: false }, false, 'does not keep its startup options'],
    [{ ...good, readOnly: false }, true, 'does not keep its startup options'],
  ])('%j with allowSuperuser %s', (check, allowSuperuser, words) => {
    const refusal = refusalOf(check, 'shop', allowSuperuser);
    if (words === undefined) expect(refusal).toBeUndefined();
    else
      expect(refusal).toMatchObject({
        kind: 'unavailable',
        details: { retryable: false },
        message: expect.stringContaining(words) as string,
      });
  });
});
