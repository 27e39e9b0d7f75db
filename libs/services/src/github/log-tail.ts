/** Of the end of a log, before its lines are counted; twice as much is held for a moment. */
const MAX_BYTES = 1024 * 1024;

// eslint-disable-next-line no-control-regex
const colours = /\u001b\[[0-9;]*[A-Za-z]/g;
const timeStamp = /^\uFEFF?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ?/;

/** The last lines of a log, however long it is, without time stamps and colours; and whether there were more. */
export async function tailOf(
  stream: AsyncIterable<Uint8Array>,
  lines: number,
): Promise<{ log: string; more: boolean }> {
  let end = Buffer.alloc(0);
  let cut = false;
  for await (const chunk of stream) {
    end = Buffer.concat([end, chunk]);
    if (end.length <= 2 * MAX_BYTES) continue;
    end = end.subarray(end.length - MAX_BYTES);
    cut = true;
  }
  const all = end
    .toString('utf8')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  // the first line of what was kept may be half a line
  if (cut) all.shift();
  const kept = all.slice(-lines).map((line) => line.replace(timeStamp, '').replace(colours, ''));
  return { log: kept.join('\n'), more: cut || all.length > lines };
}
