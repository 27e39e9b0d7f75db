import { setting, settings, value } from '#libs/kit';

/** Between these lie the budgets of the gateway, of a key and of a call. */
export const MIN_RESULT_TOKENS = 1_000;
export const MAX_RESULT_TOKENS = 100_000;
export const MIN_RESULT_BYTES = 4_096;
export const MAX_RESULT_BYTES = 1_048_576;

export class ResultsSettings extends settings({
  maxTokens: setting('MCP_RESULT_MAX_TOKENS', value.wholeNumber(MIN_RESULT_TOKENS, MAX_RESULT_TOKENS), {
    description: 'Tokens of an answer at most; what is over is kept for read_result',
    default: '8000',
    key: 'results.maxTokens',
    runtime: true,
  }),
  maxBytes: setting('MCP_RESULT_MAX_BYTES', value.wholeNumber(MIN_RESULT_BYTES, MAX_RESULT_BYTES), {
    description: 'Bytes of an answer at most; what is over is kept for read_result',
    default: '65536',
    key: 'results.maxBytes',
    runtime: true,
  }),
  maxMediaBytes: setting('MCP_RESULT_MAX_MEDIA_BYTES', value.wholeNumber(0, 64 * 1_048_576), {
    description: 'Bytes of images and sounds in an answer at most, in base64',
    default: '4194304',
    key: 'results.maxMediaBytes',
    runtime: true,
  }),
  ttlMs: setting('MCP_RESULT_TTL_MS', value.wholeNumber(1_000, 30 * 86_400_000), {
    description: 'How long the rest of an answer is kept, in milliseconds',
    default: '86400000',
    key: 'results.ttlMs',
    runtime: true,
  }),
}) {}
