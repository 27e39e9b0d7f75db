/** Words that every task has and no tool is found by. */
const stopWords = new Set(
  (
    'a about all am an and any are as at be been but by can could did do does for from had has have how i if in into is ' +
    'it its just let me my need of on one or our out please see so some than that the their them then there these they ' +
    'this those to up us want was we were what when where which who why will with would you your'
  ).split(' '),
);

const BETWEEN_WORDS = /[^\p{L}\p{N}_.-]+/u;
const PART_ENDS = /[_.-]+/;
const MARKS = new Set('_.-');
const CAMEL = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;
/** `getIssue`, but not `GitHub` or `PostgreSQL`, which people write as one word. */
const STARTS_LOW = /^\p{Ll}/u;
/** Of one text, in characters and in words: descriptions of live tools come from outside. */
const MAX_TEXT = 16_384;
const MAX_WORDS = 500;
/** Longer names are no names. */
const MAX_CHUNK = 200;

/** The words of a text: names in it count as a whole and in their parts. */
export function wordsOf(text: string): string[] {
  return split(text, (chunk) => STARTS_LOW.test(chunk));
}

/** The same for a text that is a name, such as `GetIssue`. */
export function partsOf(name: string): string[] {
  return split(name, () => true);
}

/** A word as it is compared: `deployed`, `deploys` and `deployments` are one. Undefined for one that tells nothing. */
export function termOf(word: string): string | undefined {
  const lower = word.toLowerCase();
  return stopWords.has(lower) ? undefined : stem(lower);
}

function split(text: string, isCamel: (chunk: string) => boolean): string[] {
  const words: string[] = [];
  for (const marked of text.slice(0, MAX_TEXT).split(BETWEEN_WORDS)) {
    const chunk = unmarked(marked.slice(0, MAX_CHUNK));
    if (chunk === '') continue;
    const parts = chunk.split(PART_ENDS).flatMap((part) => (isCamel(part) ? part.split(CAMEL) : part));
    words.push(parts.join('_'));
    if (parts.length > 1) words.push(...parts);
    if (words.length >= MAX_WORDS) break;
  }
  return words;
}

/** Without the marks around it. By hand: an expression for the marks at the end looks at those within again and again. */
function unmarked(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && MARKS.has(text.charAt(start))) start += 1;
  while (start < end && MARKS.has(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const VOWEL = /[aeiouy]/;
const endings: readonly [ending: RegExp, left: string, atLeast: number][] = [
  [/ies$/, 'y', 3],
  [/(?<=[^us])s$/, '', 3],
  [/(?<=[st])ion$/, '', 4],
  [/ment$/, '', 5],
  [/ing$/, '', 3],
  [/ed$/, '', 3],
  [/e$/, '', 3],
];

/** Takes common English endings off. Crude, which does no harm: it is done to both sides. */
function stem(word: string): string {
  let stemmed = word;
  for (const [ending, left, atLeast] of endings) {
    const shorter = stemmed.replace(ending, left);
    if (shorter.length >= atLeast && shorter !== stemmed && VOWEL.test(shorter)) stemmed = shorter;
  }
  return stemmed === word ? word : stemmed.replace(/([bdgmnprt])\1$/, '$1');
}
