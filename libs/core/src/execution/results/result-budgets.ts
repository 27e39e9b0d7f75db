import { Injectable } from '@nestjs/common';
import { invalidField, type Asking } from '#libs/kit';
import type { Budget } from './result-work.js';
import {
  MAX_RESULT_BYTES,
  MAX_RESULT_TOKENS,
  MIN_RESULT_BYTES,
  MIN_RESULT_TOKENS,
  ResultsSettings,
} from './results.settings.js';

/** What an answer may hold: what its call asked for, else what its key's limits say, else the configuration. */
@Injectable()
export class ResultBudgets {
  constructor(private readonly settings: ResultsSettings) {}

  /** Throws where the call asks for what it can't have; a key's own budget is the most that its calls can ask for. */
  of({ caller, resultTokens }: Asking): Budget {
    const own = caller.limits?.resultTokens;
    if (resultTokens !== undefined) return this.ofTokens(askedTokens(resultTokens, own ?? MAX_RESULT_TOKENS));
    return own === undefined ? this.standard : this.ofTokens(own);
  }

  /** Read anew each time: the settings may change while the gateway runs. */
  private get standard(): Budget {
    return { tokens: this.settings.maxTokens, bytes: this.settings.maxBytes };
  }

  /** Bytes go along in the proportion of the configuration. */
  private ofTokens(tokens: number): Budget {
    const { maxTokens, maxBytes } = this.settings;
    const bytes = Math.round((tokens * maxBytes) / maxTokens);
    return { tokens, bytes: Math.min(Math.max(bytes, MIN_RESULT_BYTES), MAX_RESULT_BYTES) };
  }
}

/** A header gives text, `_meta` a number. */
function askedTokens(asked: unknown, most: number): number {
  const tokens = typeof asked === 'string' && /^\d{1,9}$/.test(asked) ? Number(asked) : asked;
  if (typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= MIN_RESULT_TOKENS && tokens <= most) {
    return tokens;
  }
  const expected = `a whole number from ${MIN_RESULT_TOKENS} to ${most}`;
  throw invalidField('resultTokens', expected, JSON.stringify(asked).slice(0, 80));
}
