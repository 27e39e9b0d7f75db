/** Of the end of a log, before its lines are counted; twice as much is held. */
const MAX_BYTES = 1024 * 1024;

// eslint-disable-next-line no-control-regex
const colours = /\u001b\[[0-9;]*[A-Za-z]/g;
const timeStamp = /^\uFEFF?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ?/;

/** The last lines of a log, however long it is, without time stamps and colours; and whether there were more. */
export async function tailOf(
  stream: AsyncIterable<Uint8Array>,
  lines: number,
): Promise<{ log: string; more: boolean }> {
  const { end, cut } = await endOf(stream);
  const all = end
    .toString('utf8')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  // the first line of what was kept may be half a line
  if (cut) all.shift();
  const kept = all.slice(-lines).map((line) => line.replace(timeStamp, '').replace(colours, ''));
  return { log: kept.join('\n'), more: cut || all.length > lines };
}

/** The last megabyte at least. Each byte is copied twice at most, however small the parts are that come in. */
async function endOf(stream: AsyncIterable<Uint8Array>): Promise<{ end: Buffer; cut: boolean }> {
  const held = Buffer.allocUnsafe(2 * MAX_BYTES);
  let length = 0;
  let cut = false;
  for await (const chunk of stream) {
    for (let from = 0; from < chunk.length;) {
      if (length === held.length) {
        held.copyWithin(0, MAX_BYTES);
        length = MAX_BYTES;
        cut = true;
      }
      const part = chunk.subarray(from, from + held.length - length);
      held.set(part, length);
      length += part.length;
      from += part.length;
    }
  }
  return { end: held.subarray(0, length), cut };
}
