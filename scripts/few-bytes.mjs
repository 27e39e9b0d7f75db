// How the last step of compiling (bundle.mjs) writes a file: V8 holds every letter of it, and two bytes for each where one is
// beyond Latin-1.
import { minifySync, parseSync } from 'rolldown/utils';

/** Names of functions and classes stay: a stack tells them. */
const IN_FEW_LETTERS = {
  compress: false,
  mangle: { toplevel: false, keepNames: true },
  codegen: { removeWhitespace: true },
};

/**
 * The text that is written; throws where a gateway could not read it, or would read something else.
 * @param {{ fileName: string, code: string }} file
 * @param {boolean} keepLines for what has a source whose lines are shown
 */
export function inFewBytes({ fileName, code: built }, keepLines) {
  const { code, errors } = keepLines ? { code: built, errors: [] } : minifySync(fileName, built, IN_FEW_LETTERS);
  refuse(fileName, errors);
  const [, backslashed] = /(?<!\\)(?:\\\\)*(\\[^\0-\x7f])/.exec(code) ?? [];
  refuse(fileName, backslashed ? [`${backslashed} would mean something else as an escape`] : []);
  const ascii = code.replace(/[^\0-\x7f]/g, escaped);
  refuse(fileName, parseSync(fileName, ascii).errors);
  return ascii;
}

/** Ends the build where there are any. @param {string} fileName @param {readonly unknown[]} errors */
function refuse(fileName, errors) {
  if (errors.length > 0) throw new Error(`${fileName}: ${JSON.stringify(errors)}`);
}

/** @param {string} unit of UTF-16 */
function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
