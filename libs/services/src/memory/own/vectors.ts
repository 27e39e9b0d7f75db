/** The direction of a vector in one byte for each of its numbers: enough to tell what is alike, at a fourth of the size. */
export function packed(vector: readonly number[]): Buffer {
  const largest = vector.reduce((most, each) => Math.max(most, Math.abs(each)), 0) || 1;
  return Buffer.from(Int8Array.from(vector, (each) => Math.round((each / largest) * 127)));
}

/** The cosine between two packed vectors; 0 where one has no direction, or they are not of one kind. */
export function likeness(one: Buffer, other: Buffer): number {
  if (one.length !== other.length) return 0;
  const a = numbersOf(one);
  const b = numbersOf(other);
  let product = 0;
  let lengthA = 0;
  let lengthB = 0;
  for (let at = 0; at < a.length; at += 1) {
    const x = a[at] ?? 0;
    const y = b[at] ?? 0;
    product += x * y;
    lengthA += x * x;
    lengthB += y * y;
  }
  return lengthA === 0 || lengthB === 0 ? 0 : product / Math.sqrt(lengthA * lengthB);
}

function numbersOf(bytes: Buffer): Int8Array {
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
