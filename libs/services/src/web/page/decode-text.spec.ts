import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { decodeText } from './decode-text.js';

const text = 'naïve “quotes”';

describe('bytes become text', () => {
  it.each([
    ['as UTF-8 where nothing is said', 'utf8', 'text/plain', text],
    ['as the header says', 'windows-1252', 'text/html; charset=windows-1252', text],
    ['by another name of it', 'windows-1252', 'text/html; Charset="ISO-8859-1"', text],
    ['as HTML says', 'windows-1252', 'text/html', `<meta charset=windows-1252>${text}`],
    [
      'as old HTML says',
      'windows-1252',
      '',
      `<META http-equiv="Content-Type" content="text/html; charset=cp1252">${text}`,
    ],
    ['as XML says', 'windows-1252', 'application/xml', `<?xml version="1.0" encoding="windows-1252"?><a>${text}</a>`],
    [
      'as the header says, whatever HTML does',
      'utf8',
      'text/html; charset=utf-8',
      `<meta charset=windows-1252>${text}`,
    ],
    [
      'as HTML says where the header is nonsense',
      'windows-1252',
      'text/html; charset=klingon',
      `<meta charset="windows-1252">${text}`,
    ],
    ['as UTF-8 where HTML says UTF-16, which it can’t', 'utf8', 'text/html', `<meta charset=utf-16>${text}`],
    ['of Japan', 'shift_jis', 'text/plain; charset=Shift_JIS', '日本語'],
    ['of Korea', 'euc-kr', 'text/plain; charset=euc-kr', '한국어'],
    ['of China', 'gb18030', 'text/plain; charset=gb2312', '中文'],
    ['of Russia', 'koi8-r', 'text/plain; charset=koi8-r', 'привет'],
  ])('%s', (_how, encoding, contentType, expected) => {
    expect(decodeText(iconv.encode(expected, encoding), contentType)).toBe(expected);
  });

  it.each(['utf8', 'utf16le', 'utf16be'])('as the byte order mark says, whatever else does: %s', (encoding) => {
    const bytes = iconv.encode(text, encoding, { addBOM: true });
    expect(decodeText(bytes, 'text/html; charset=windows-1252')).toBe(text);
  });
});
