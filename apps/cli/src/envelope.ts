import type { Printer } from './printer.js';
import { showValue } from './shown-value.js';

/** How the gateway answers a call. */
export interface Envelope {
  readonly status: 'success';
  readonly data: unknown;
  readonly metadata: {
    readonly executionTime: number;
    readonly tokensUsed: number;
    readonly requestId: string;
    readonly truncated?: {
      readonly resultId: string;
      readonly shown: number;
      readonly total: number;
      readonly unit: string;
    };
  };
}

export function envelopeShown(printer: Printer, { data, metadata: { truncated } }: Envelope): void {
  showValue(printer, data);
  if (!truncated) return;
  const { resultId, shown, total, unit } = truncated;
  printer.note(`${shown} of ${total} ${unit}. The rest: mcp-gateway call gateway.read_result id=${resultId}`);
}
