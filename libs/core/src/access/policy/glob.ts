/** Matches whole texts in linear time; `*` stands for any characters, none among them. */
export function glob(pattern: string, ignoresCase: boolean): (text: string) => boolean {
  const [first = '', ...more] = (ignoresCase ? fold(pattern) : pattern).split('*');
  const last = more.pop();
  return (given) => {
    const text = ignoresCase ? fold(given) : given;
    if (last === undefined) return text === first;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of more) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= text.length - last.length;
  };
}

/** One spelling for texts that people, or what stands behind an operation, may take for the same. */
export function fold(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}
