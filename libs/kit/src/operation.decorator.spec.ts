import { expect, it } from 'vitest';
import { z } from 'zod';
import { Operation, operationOf } from './operation.decorator.js';

const declaration = {
  name: 'add',
  description: 'Adds.',
  input: z.object({ a: z.number(), b: z.number().default(1) }),
  output: z.object({ sum: z.number() }),
  permission: 'read',
} as const;

it('records its declaration on the method, and on no other', () => {
  class Calculator {
    @Operation(declaration)
    add({ a, b }: { a: number; b: number }) {
      return { sum: a + b };
    }
    other() {
      return {};
    }
  }
  expect(operationOf(Calculator.prototype.add)).toBe(declaration);
  expect(operationOf(Calculator.prototype.other)).toBeUndefined();
});

// What follows is checked by the compiler: each line that it must refuse stands under an expected error.
it('binds the method’s types to the schemas', () => {
  class Calculator {
    // @ts-expect-error the input has no member c
    @Operation(declaration)
    wrongInput({ a, c }: { a: number; c: number }) {
      return { sum: a + c };
    }

    // @ts-expect-error the sum is a number
    @Operation(declaration)
    wrongOutput({ a }: { a: number }) {
      return { sum: String(a) };
    }

    // @ts-expect-error a promise of the wrong result
    @Operation(declaration)
    async wrongPromise() {
      return { total: 1 };
    }

    // @ts-expect-error an operation takes input and context, nothing more
    @Operation(declaration)
    tooMany(_input: unknown, _context: unknown, _more: string) {
      return { sum: 1 };
    }
  }
  expect(operationOf(Calculator.prototype.wrongInput)).toBe(declaration);
});
