import { migrationsOfServices, restore } from '#libs/core';
import { services } from '#libs/services';
import { runOnStore } from './store-command.js';

const usage = 'npm run restore -- <file.tar.gz> [--replace]';

await runOnStore(usage, { replace: { type: 'boolean' } }, (file, task, { replace }) =>
  restore(file, { ...task, migrations: migrationsOfServices(services), replace: replace === true }),
);
