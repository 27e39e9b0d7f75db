import type { Span } from '@opentelemetry/api';
import type { CallSteps, OperationError } from '#libs/kit';
import type { CatalogOperation } from '../catalog/catalog-entry.js';
import type { CallOrigin } from './call-context.js';

export type CallOutcome = 'ok' | 'error' | 'denied' | 'limited';

/** How a call ended: all that statistics, metrics, the audit and the log are told of it. */
export interface FinishedCall {
  /** As it was called, also where there is no such operation. */
  readonly operationId: string;
  readonly operation: CatalogOperation | undefined;
  /** That something was done to the gateway itself, which is no operation. */
  readonly isAct?: boolean;
  /** As it came in. */
  readonly input: unknown;
  readonly origin: CallOrigin;
  readonly outcome: CallOutcome;
  readonly error?: OperationError;
  readonly durationMs: number;
  /** `durationMs` without the time for which it waited for a person; missing where it could wait for nobody. */
  readonly workMs?: number;
  /** How long its steps took, in milliseconds; missing for what was refused before it was a call. */
  readonly steps?: CallSteps;
  /** Where traces are collected. */
  readonly span?: Span | undefined;
  /** Of the answer's data; 0 for an error. */
  readonly bytes: number;
  readonly tokens: number;
}

/** How long the gateway and what is behind it took. */
export function workMsOf({ durationMs, workMs = durationMs }: FinishedCall): number {
  return workMs;
}

export function outcomeOf({ kind }: OperationError): CallOutcome {
  if (kind === 'limited') return 'limited';
  return kind === 'forbidden' || kind === 'not-approved' ? 'denied' : 'error';
}
