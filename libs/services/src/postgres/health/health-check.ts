import { OperationError, type InputOf, type OutputOf } from '#libs/kit';
import type { Database } from '../database.js';
import { checkNames, type healthCheck as declared } from '../operations/judging.js';
import { worstOf, type Check, type Finding } from './check.js';
import { indexes } from './indexes.js';
import { bufferHit, connections, replication } from './load.js';
import { constraints, sequences, vacuum } from './upkeep.js';

const checks: Record<(typeof checkNames)[number], Check> = {
  'buffer-hit': bufferHit,
  connections,
  indexes,
  vacuum,
  sequences,
  replication,
  constraints,
};

/** Runs the checks one after the other, so that they take a single connection. */
export async function healthCheck(
  database: Database,
  wanted: InputOf<typeof declared>['checks'] = [...checkNames],
  signal: AbortSignal,
): Promise<OutputOf<typeof declared>> {
  const findings = [];
  for (const name of new Set(wanted)) findings.push({ name, ...(await run(checks[name], database, signal)) });
  return { status: worstOf(findings.map(({ status }) => status)), checks: findings };
}

/** A check that fails, for want of a right or of time, does not hide the others. */
async function run(check: Check, database: Database, signal: AbortSignal): Promise<Finding> {
  try {
    return await check(database, signal);
  } catch (error) {
    if (signal.aborted || !(error instanceof OperationError) || error.kind === 'unavailable') throw error;
    return { status: 'warning', summary: `Could not be checked: ${error.message}`, details: [] };
  }
}
