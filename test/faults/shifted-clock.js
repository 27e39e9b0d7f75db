// Preloaded into a gateway by the fault `clock`: its wall clock is off by the milliseconds that a file names.
import { readFileSync } from 'node:fs';

const now = Date.now.bind(Date);

function offset() {
  try {
    return Number(readFileSync(process.env.CLOCK_OFFSET_FILE ?? '', 'utf8')) || 0;
  } catch {
    return 0;
  }
}

const RealDate = Date;
globalThis.Date = /** @type {DateConstructor} */ (
  /** @type {unknown} */ (
    class extends RealDate {
      /** @param {any[]} args */
      constructor(...args) {
        if (args.length === 0) super(now() + offset());
        else super(.../** @type {[number]} */ (args));
      }

      /** @override */
      static now() {
        return now() + offset();
      }
    }
  )
);
