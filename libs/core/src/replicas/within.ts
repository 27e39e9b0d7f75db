/** That something took longer than it may. */
class TookTooLong extends Error {}

/**
 * What `work` comes to, or a rejection with TookTooLong. Where the event loop itself was late, what has arrived
 * meanwhile is looked at first.
 */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new TookTooLong(`no answer within ${ms} ms`)));
    }, ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
