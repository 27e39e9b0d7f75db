/** First digits and lengths of the card networks: American Express, Diners, JCB, Mastercard, Discover, UnionPay, Visa. */
const NETWORKS =
  /^(?:3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}|4\d{15})$/;

/** Whether these are the digits of a payment card, by its network and Luhn's check digit. */
export function isCard(text: string): boolean {
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

/** Characters of an account number (ISO 13616) that the text begins with, 0 for none: words after it look like its groups. */
export function ibanIn(text: string): number {
  for (let end = text.length; end > 0; end = Math.max(text.lastIndexOf(' ', end - 1), 0)) {
    if (isIban(text.slice(0, end).replaceAll(' ', ''))) return end;
  }
  return 0;
}

function isIban(account: string): boolean {
  if (account.length < 15 || account.length > 34) return false;
  let rest = 0;
  for (const char of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
