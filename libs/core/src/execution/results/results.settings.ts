import { setting, settings, value } from '#libs/kit';

export class ResultsSettings extends settings({
  maxTokens: setting('MCP_RESULT_MAX_TOKENS', value.wholeNumber(1_000, 100_000), {
    description: 'Tokens of an answer at most; what is over is kept for read_result',
    default: '8000',
    key: 'results.maxTokens',
    runtime: true,
  }),
  maxBytes: setting('MCP_RESULT_MAX_BYTES', value.wholeNumber(4_096, 1_048_576), {
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
