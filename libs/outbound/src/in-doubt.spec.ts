import { describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { afterChange, inDoubt } from './in-doubt.js';
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

  it.each([new OperationError('failed', 'no'), new OperationError('limited', 'later'), new TypeError('x')])(
    'is none where it ended with %s',
    (error) => {
      expect(inDoubt(error)).toBe(error);
    },
  );
});

it('what tells of a change may fail after it', async () => {
  expect(await afterChange(Promise.resolve(1))).toBe(1);
  await expect(afterChange(Promise.reject(new OperationError('deadline', 'x')))).rejects.toMatchObject({
    details: { retryable: false },
  });
});
