/** @import { Budget } from './result-work.js' */
/** @typedef {(text: string) => number} CountTokens */
/** @typedef {{ fits: boolean, tokens?: number }} Measure how a text stands to a budget; no token is shorter than a byte */

/** A guess that comes this near to the budget is good enough. */
const NEAR = 0.95;
const MOST_GUESSES = 20;
/** After these the space between too few and too many is halved. */
const CLEVER_GUESSES = 8;

/**
 * @param {string} text
 * @param {Budget} budget
 * @param {CountTokens} countTokens
 * @returns {Measure}
 */
export function measure(text, budget, countTokens) {
  const bytes = Buffer.byteLength(text);
  if (bytes > budget.bytes) return { fits: false };
  if (bytes <= budget.tokens) return { fits: true };
  const tokens = countTokens(text);
  return { fits: tokens <= budget.tokens, tokens };
}

/**
 * The largest number of units, or one near it, whose text fits; undefined where not even that of none does.
 *
 * @param {number} most
 * @param {(units: number) => string} render
 * @param {Budget} budget
 * @param {CountTokens} countTokens
 * @param {number} firstGuess
 * @returns {{ units: number, text: string, tokens?: number } | undefined}
 */
export function mostThatFit(most, render, budget, countTokens, firstGuess = most) {
  const none = render(0);
  const first = measure(none, budget, countTokens);
  if (!first.fits) return undefined;
  let best = { units: 0, text: none, ...tokensOf(first) };
  let tooMany = most + 1;
  let guess = Math.min(firstGuess, most);
  for (let i = 0; i < MOST_GUESSES && tooMany - best.units > 1; i++) {
    const text = render(guess);
    const { fits, tokens } = measure(text, budget, countTokens);
    if (fits) best = { units: guess, text, ...tokensOf({ tokens }) };
    else tooMany = guess;
    if (fits && tokens !== undefined && tokens > budget.tokens * NEAR) break;
    const half = (best.units + tooMany) / 2;
    const next = tokens === undefined || i >= CLEVER_GUESSES ? half : (guess * budget.tokens * 0.985) / tokens;
    guess = Math.min(Math.max(Math.floor(next), best.units + 1), tooMany - 1);
  }
  return best;
}

/** @param {{ tokens?: number | undefined }} measured */
function tokensOf({ tokens }) {
  return tokens === undefined ? {} : { tokens };
}
