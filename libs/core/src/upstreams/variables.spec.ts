import { expect, it } from 'vitest';
import { withVariables } from './variables.js';

const environment = { TOKEN: 'secret', EMPTY: '' };

it.each([
  ['plain', 'plain'],
  ['Bearer ${TOKEN}', 'Bearer secret'],
  ['${env:TOKEN}/${TOKEN}', 'secret/secret'],
  ['${MISSING:-a default}', 'a default'],
  ['${EMPTY:-a default}', 'a default'],
  ['$TOKEN', '$TOKEN'],
])('%s becomes %s', (text, filled) => {
  expect(withVariables(text, environment)).toBe(filled);
});

it.each([
  ['${MISSING}', "the variable MISSING is not set in the gateway's environment"],
  ['${EMPTY}', "the variable EMPTY is not set in the gateway's environment"],
  ['${input:token}', "${input:token} can't be filled in by a gateway"],
])('%s can’t be filled in', (text, message) => {
  expect(() => withVariables(text, environment)).toThrow(message);
});
