import { refused } from '../roots/found.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of these bytes. Throws where they are none, as in an image or a text in another encoding than UTF-8. */
export function textOf(bytes: Uint8Array, path: string): string {
  if (bytes.includes(0)) throw notText(path);
  try {
    return decoder.decode(bytes);
  } catch {
    throw notText(path);
  }
}

function notText(path: string) {
  return refused(path, 'is not text in UTF-8; read_file with encoding "base64" gives its bytes');
}
