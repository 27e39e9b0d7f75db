import { vi } from 'vitest';

/** What a busy machine may take for what an idle one does at once. */
const PATIENCE_MS = 10_000;

const { waitFor } = vi;

/** `vi.waitFor` gives up after a second, which no configuration changes. */
function waitPatiently<T>(...[work, options = {}]: Parameters<typeof waitFor<T>>): Promise<T> {
  return waitFor(work, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options });
}

// a worker runs this before each of its files
if (waitFor.name !== waitPatiently.name) vi.waitFor = waitPatiently;
