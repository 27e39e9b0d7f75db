import { migrateDown, migrateUp, migrationsOfServices, showSchema, type SchemaTask } from '#libs/core';
import { services } from '#libs/services';
import { runOnStore } from './store-command.js';

const usage = 'npm run migrate -- [up | status | down <how many> [--lose-data]]';

await runOnStore(usage, { 'lose-data': { type: 'boolean' } }, (words, given, flags) =>
  run(words, flags['lose-data'] === true, { ...given, migrations: migrationsOfServices(services) }),
);

function run([what = 'up', count, ...more]: readonly string[], lose: boolean, task: SchemaTask) {
  if (what === 'down' && more.length === 0 && /^[1-9]\d*$/.test(count ?? ''))
    return migrateDown(Number(count), lose, task);
  if (count !== undefined || lose) return undefined;
  if (what === 'up') return migrateUp(task);
  return what === 'status' ? showSchema(task) : undefined;
}
