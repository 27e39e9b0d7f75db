import { beforeAll, describe, expect, it } from 'vitest';
import { evaluation } from './evaluation.js';

let evaluated: ReturnType<typeof evaluation>;
beforeAll(() => {
  evaluated = evaluation();
});

describe('the search among 500 tools', () => {
  it('is asked about tools that there are, in questions that do not name them', () => {
    const { tools, services, questions, expected } = evaluated;
    expect(tools).toBe(500);
    expect(services).toBeGreaterThanOrEqual(25);
    expect(questions.length).toBeGreaterThanOrEqual(120);
    expect(new Set(questions.map(([question]) => question))).toHaveLength(questions.length);
    expect(questions.filter(([question, tool]) => !expected.has(tool) || question.includes(tool))).toEqual([]);
  });

  it('finds the right tool among the first five for nine questions of ten', () => {
    expect(evaluated.hitRate).toBeGreaterThanOrEqual(0.9);
  });

  it('costs at most a twentieth of the tokens of all definitions', () => {
    expect(evaluated.tokenShare).toBeLessThanOrEqual(0.05);
  });
});
