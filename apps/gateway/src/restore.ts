import { migrationsOfServices, restore } from '#libs/core';
import { services } from '#libs/services';
import { runOnFile } from './store-command.js';

const usage = 'npm run restore -- <file.tar.gz> [--replace]';

await runOnFile(usage, { replace: { type: 'boolean' } }, (file, task, { replace }) =>
  restore(file, { ...task, migrations: migrationsOfServices(services), replace: replace === true }),
);
