import { readFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

const ci = process.env.CI === 'true';
const floorApplies = ci || process.env.TEST_FLOOR === '1';
const floorFile = new URL('../floor.txt', import.meta.url);

/**
 * Prints `N passed, N failed` as the last line. In CI, and with TEST_FLOOR=1, a run fails when fewer tests passed than
 * `test/floor.txt` says; in CI also when one was skipped.
 */
export default class CountReporter implements Reporter {
  private lines: string[] = [];
  private refused = false;

  onInit(): void {
    // At exit, so that nothing of vitest's own comes after.
    process.once('exit', () => {
      if (this.refused) process.exitCode = 1;
      for (const line of this.lines) console.log(line);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string): number => states.filter((each) => each === state).length;
    // A file that breaks outside its tests fails the run without a failed test.
    const broken = modules.filter((module) => !module.ok() && [...module.children.allTests('failed')].length === 0);
    const passed = count('passed');
    const failed = count('failed') + broken.length + errors.length;
    const skipped = count('skipped');

    const floor = floorApplies ? Number(readFileSync(floorFile, 'utf8')) : 0;
    const complaints = [
      ...(passed >= floor ? [] : [`${passed} tests passed, but test/floor.txt asks for ${floor}`]),
      ...(ci && skipped > 0 ? [`${skipped} tests were skipped`] : []),
    ];
    this.refused = complaints.length > 0;
    this.lines = [...complaints, `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`];
  }
}
