/**
 * Where a piece of text occurs, from left to right and without overlap; at most `limit` places. Takes time in proportion
 * to both lengths (Knuth, Morris, Pratt): `indexOf` takes their product for some texts, which anybody could send.
 */
export function occurrences(text: string, piece: string, limit: number): number[] {
  const borders = bordersOf(piece);
  const places: number[] = [];
  let matched = 0;
  for (let i = 0; i < text.length && places.length < limit; i++) {
    const code = text.charCodeAt(i);
    while (matched > 0 && piece.charCodeAt(matched) !== code) matched = borders[matched - 1] ?? 0;
    if (piece.charCodeAt(matched) === code) matched++;
    if (matched === piece.length) {
      places.push(i + 1 - piece.length);
      matched = 0;
    }
  }
  return places;
}

/** For each beginning of a text: how long its longest beginning is that is also its end. */
function bordersOf(piece: string): Int32Array {
  const borders = new Int32Array(piece.length);
  let border = 0;
  for (let i = 1; i < piece.length; i++) {
    const code = piece.charCodeAt(i);
    while (border > 0 && piece.charCodeAt(border) !== code) border = borders[border - 1] ?? 0;
    if (piece.charCodeAt(border) === code) border++;
    borders[i] = border;
  }
  return borders;
}
