import { OperationError } from '#libs/kit';

/** What a caller is told of the kernel's refusals; the path is put before it. */
const reasons: ReadonlyMap<string, string> = new Map([
  // One text for both, so that nobody can ask which files there are outside.
  ['ENOENT', 'is not in the workspace; links that lead out of it are not followed'],
  ['ENOTDIR', 'is not in the workspace; a part of its path is no directory'],
  ['EACCES', 'may not be used by the gateway; the operator grants its user access'],
  ['EPERM', 'may not be used by the gateway; the operator grants its user access'],
  ['ELOOP', 'leads through links in a circle'],
  ['ENAMETOOLONG', 'is too long, or one of its names is (255 bytes)'],
  ['EEXIST', 'exists already'],
  ['ENOTEMPTY', 'is not empty'],
  ['EISDIR', 'is a directory, not a file'],
  ['ENXIO', 'is no regular file; pipes, sockets and devices are not opened'],
  ['EXDEV', 'is on another disk; write a copy there instead'],
  ['EINVAL', 'can’t be moved into itself'],
  ['EROFS', 'is on a disk that can only be read'],
  ['ENOSPC', 'did not fit: the disk is full'],
  ['EDQUOT', 'did not fit: the gateway’s share of the disk is full'],
  ['EFBIG', 'would become too large'],
  ['ETXTBSY', 'is being run'],
]);

const passing = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EBUSY', 'EAGAIN']);

/** Turns the kernel's refusal into words about the caller's path; anything else stays what it is. */
export function fileError(error: unknown, path: string): unknown {
  if (!isErrno(error)) return error;
  if (passing.has(error.code)) {
    return new OperationError(
      'unavailable',
      'The machine is too busy with files; try again later',
      { retryable: true },
      { cause: error },
    );
  }
  const reason = reasons.get(error.code);
  if (reason === undefined) return error;
  return new OperationError('failed', `${JSON.stringify(path)} ${reason}`, {}, { cause: error });
}

/** Whether an error only says that one path can't be used. */
export function isRefusal(error: unknown): boolean {
  return error instanceof OperationError && error.kind === 'failed';
}

/** Whether a refusal, or the kernel's own error, says that something is not there. */
export function isMissing(error: unknown): boolean {
  const cause = error instanceof OperationError ? error.cause : error;
  return isErrno(cause) && cause.code === 'ENOENT';
}

export function isThere(error: unknown): boolean {
  return isErrno(error) && error.code === 'EEXIST';
}

function isErrno(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
