import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { START_ENV, START_FLAGS } from '../start-command.js';

it('pm2 starts the gateway as `npm start` does, and gives it the time that a stop takes', () => {
  const { apps } = createRequire(import.meta.url)('../../ecosystem.config.cjs') as { apps: object[] };
  expect(apps).toEqual([
    expect.objectContaining({
      script: 'dist/apps/gateway/src/main.js',
      node_args: START_FLAGS.join(' '),
      env: START_ENV,
      kill_timeout: 15_000,
    }),
  ]);
});
