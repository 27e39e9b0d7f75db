import { describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { afterChange, inDoubt } from './in-doubt.js';
import { outboundError } from './outbound-errors.js';
import { UnavailableError } from './unavailable-error.js';

describe('a change whose answer is not known', () => {
  it.each(['unavailable', 'deadline'] as const)('that ended as %s is not to be repeated blindly', (kind) => {
    const error = new OperationError(kind, 'It broke off; try again soon', { retryable: true, status: 502 });
    expect(inDoubt(error)).toMatchObject({
      kind,
      message: 'It broke off; whether the change was made is not known, so look before you repeat it',
      details: { retryable: false, status: 502 },
      cause: error,
    });
  });

  it('still tells whether the back end has answered', () => {
    expect(inDoubt(new UnavailableError('answered', 'It is busy'))).toMatchObject({ sign: 'answered' });
  });

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT', 'SELF_SIGNED_CERT_IN_CHAIN'])(
    'is none where it was never sent: %s',
    (code) => {
      const error = outboundError(Object.assign(new Error(code), { code }), 'Cloudflare');
      expect(inDoubt(error)).toBe(error);
    },
  );

  it('is none where no connection came about in time', () => {
    const timedOut = Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'connect' });
    for (const cause of [timedOut, Object.assign(new AggregateError([timedOut]), { code: 'ETIMEDOUT' })]) {
      const error = outboundError(cause, 'Cloudflare');
      expect(inDoubt(error)).toBe(error);
    }
    const reading = Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'read' });
    expect(inDoubt(outboundError(reading, 'Cloudflare'))).toMatchObject({ details: { retryable: false } });
  });

  it('is none where it was never sent, in whatever words', () => {
    const refused = outboundError(Object.assign(new Error(), { code: 'ECONNREFUSED' }), 'http://wiki.example.com');
    const error = new OperationError('unavailable', 'The upstream wiki could not be reached', {}, { cause: refused });
    expect(inDoubt(error)).toBe(error);
  });

  it('is none where the back end was not asked', () => {
    const error = new UnavailableError('unasked', 'Too much is under way');
    expect(inDoubt(error)).toBe(error);
  });

  it.each([new OperationError('failed', 'no'), new OperationError('limited', 'later'), new TypeError('x')])(
    'is none where it ended with %s',
    (error) => {
      expect(inDoubt(error)).toBe(error);
    },
  );
});

it('what tells of a change may fail after it, or not be sent', async () => {
  expect(await afterChange(Promise.resolve(1))).toBe(1);
  const refused = outboundError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'Cloudflare');
  for (const error of [new OperationError('deadline', 'x'), refused]) {
    await expect(afterChange(Promise.reject(error))).rejects.toMatchObject({
      message: expect.stringContaining('look before you repeat it') as string,
      details: { retryable: false },
    });
  }
});
