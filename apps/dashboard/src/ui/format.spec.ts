import { expect, it } from 'vitest';
import { progressText } from './format.js';

it.each([
  [{ progress: 2.155250000214437e-7, total: 1, message: 'Waiting' }, '0 % Waiting'],
  [{ progress: 3, total: 12 }, '25 %'],
  [{ progress: 13, total: 12 }, '100 %'],
  [{ progress: 1_234.4 }, '1,234'],
])('tells how far a call has come: %j', (progress, text) => {
  expect(progressText(progress)).toBe(text);
});
