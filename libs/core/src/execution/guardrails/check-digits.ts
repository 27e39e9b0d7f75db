/** First digits and lengths of the card networks: American Express, Diners, JCB, Mastercard, Discover, UnionPay, Visa. */
const NETWORKS =
  /^(?:3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}|4\d{15})$/;

/** Characters of a payment card's number that the text begins with, 0 for none: numbers after it look like its groups. */
export function cardIn(text: string): number {
  for (let end = text.length; end > 0; end = lastBorder(text, end)) {
    if (isCard(text.slice(0, end))) return end;
  }
  return 0;
}

/** Where the last group of these begins, with the sign before it. */
function lastBorder(text: string, end: number): number {
  return Math.max(text.lastIndexOf(' ', end - 1), text.lastIndexOf('-', end - 1), 0);
}

/** By its network and Luhn's check digit. */
function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  if (!NETWORKS.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits.at(-1 - i));
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/**
 * Characters of an account number (ISO 13616) that the text begins with, 0 for none: words after it look like its groups.
 * The check moves the first four signs, two letters and two digits, behind the others.
 */
export function ibanIn(text: string): number {
  const head = remainder(0, text.slice(0, 4));
  let [length, signs, rest] = [0, 4, 0];
  for (let end = 4; end <= text.length; end += 1) {
    if (end < text.length && text[end] !== ' ') {
      rest = remainder(rest, text.charAt(end));
      signs += 1;
    } else if (signs >= 15 && signs <= 34 && (rest * 1_000_000 + head) % 97 === 1) {
      length = end;
    }
  }
  return length;
}

/** Of 97, with letters as 10 to 35. */
function remainder(before: number, signs: string): number {
  let rest = before;
  for (const sign of signs) {
    const value = Number.parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}
