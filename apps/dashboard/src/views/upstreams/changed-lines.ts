export interface ChangedLine {
  readonly sign: '-' | '+' | ' ';
  readonly text: string;
}

/** More lines than this are shown as all taken and all added: comparing them takes their product. */
const MOST_LINES = 600;

/** What has become of a text, line by line: by the longest sequence of lines that both have. */
export function changedLines(before: string, after: string): ChangedLine[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  if (old.length > MOST_LINES || now.length > MOST_LINES) return [...old.map(taken), ...now.map(added)];
  const common = commonLengths(old, now);
  const lines: ChangedLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [one, other] = [old[i], now[j]];
    if (one !== undefined && one === other) {
      lines.push({ sign: ' ', text: one });
      i += 1;
      j += 1;
    } else if (other === undefined || (one !== undefined && lengthAt(common, i + 1, j) >= lengthAt(common, i, j + 1))) {
      lines.push(taken(one ?? ''));
      i += 1;
    } else {
      lines.push(added(other));
      j += 1;
    }
  }
  return lines;
}

/** By place in both texts: how many lines what follows has in common. */
function commonLengths(old: readonly string[], now: readonly string[]): number[][] {
  const lengths = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const row = lengths[i] ?? [];
    for (let j = now.length - 1; j >= 0; j -= 1) {
      row[j] =
        old[i] === now[j]
          ? lengthAt(lengths, i + 1, j + 1) + 1
          : Math.max(lengthAt(lengths, i + 1, j), row[j + 1] ?? 0);
    }
  }
  return lengths;
}

const lengthAt = (lengths: readonly number[][], i: number, j: number): number => lengths[i]?.[j] ?? 0;
const linesOf = (text: string): string[] => (text === '' ? [] : text.split('\n'));
const taken = (text: string): ChangedLine => ({ sign: '-', text });
const added = (text: string): ChangedLine => ({ sign: '+', text });
