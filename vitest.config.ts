import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // An alias and not the condition `gateway-source`: the global set-up runs in an environment that takes no conditions.
  resolve: { alias: [{ find: /^#libs\/(\w+)$/, replacement: join(import.meta.dirname, 'libs/$1/src/index.ts') }] },
  test: {
    include: ['libs/**/*.spec.ts', 'apps/**/*.spec.ts', 'test/**/*.{spec,e2e-spec,contract-spec}.ts'],
    setupFiles: 'test/setup/patience.ts',
    globalSetup: ['test/setup/run-directory.ts', 'test/setup/postgres-server.ts'],
    // what the authorization server of the tests says to those who run it for real
    onConsoleLog: (text) => !text.includes('oidc-provider'),
    reporters: ['default', './test/setup/count-reporter.ts'],
    // One more than there are cores: most tests start servers, and wait for them much of their time.
    maxWorkers: Math.min(availableParallelism() + 1, 4),
    // One that fails only once where a machine does much besides is no failure.
    retry: process.env.CI === undefined ? 0 : 1,
    // The gateway is imported once by each worker: half of the time of a run went into that.
    isolate: false,
    execArgv: ['--max-semi-space-size=64'],
    // A busy machine may take several times as long as an idle one; what is promised in seconds says so itself.
    testTimeout: 40_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 10_000 } },
    teardownTimeout: 20_000,
    coverage: {
      include: ['libs/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
      exclude: ['**/*.spec.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
});
