import { OperationError } from '#libs/kit';

/** What a refused statement is told about the field `query`; fails when it passes, or fails otherwise. */
export async function refusalOf(
  guard: { inspect(sql: string): Promise<unknown> },
  sql: string,
): Promise<{ expected: string; got: string }> {
  const error: unknown = await guard.inspect(sql).then(
    () => new Error(`passed: ${sql.slice(0, 100)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OperationError) || error.kind !== 'invalid') throw error;
  const [issue] = error.details.issues ?? [];
  if (issue?.path !== 'query') throw new Error(`no issue about query: ${JSON.stringify(error.details)}`);
  return { expected: issue.expected, got: issue.got };
}
