// What is to come out of a comparison: a ratio of one round, and what it should be.

/**
 * @typedef {import('./rounds.js').Round} Round
 * @typedef {object} Aim
 * @property {string} what
 * @property {(round: Round) => number} ratio
 * @property {number} [least]
 * @property {number} [most]
 */

/** @param {Round} round @param {string} name @param {'cpuMicros' | 'unitMicros' | 'p50Ms'} figure */
function of(round, name, figure) {
  return round[name]?.[figure] ?? NaN;
}

/** How much less the gateway costs than another; without an aim it is only told. @param {string} other @param {number} [least] @returns {Aim} */
export function against(other, least) {
  return {
    what: `CPU time of ${other} ÷ the gateway's`,
    ratio: (round) => of(round, other, 'cpuMicros') / of(round, 'gateway', 'cpuMicros'),
    ...(least !== undefined && { least }),
  };
}

/** @param {string[]} others @param {number} least @returns {Aim} */
export function againstBest(others, least) {
  return {
    what: "CPU time of the best of the others ÷ the gateway's",
    ratio: (round) =>
      Math.min(...others.map((other) => of(round, other, 'cpuMicros'))) / of(round, 'gateway', 'cpuMicros'),
    least,
  };
}

/** A cost that stays the same as something grows. @param {string} small @param {string} large @returns {Aim} */
export function flat(small, large) {
  return {
    what: `CPU time with ${large} ÷ with ${small}`,
    ratio: (round) => of(round, large, 'unitMicros') / of(round, small, 'unitMicros'),
    most: 1.1,
  };
}

/** What a hop adds to the time of a call that goes without one. @param {string} yardstick @param {string} without @param {number} most @returns {Aim} */
export function addedTime(yardstick, without, most) {
  return {
    what: `p50 that the gateway adds ÷ that the ${yardstick} adds`,
    ratio: (round) => {
      const direct = of(round, without, 'p50Ms');
      return (of(round, 'gateway', 'p50Ms') - direct) / (of(round, yardstick, 'p50Ms') - direct);
    },
    most,
  };
}
