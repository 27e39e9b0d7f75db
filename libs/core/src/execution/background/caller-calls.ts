import { Injectable } from '@nestjs/common';
import {
  BackgroundCalls,
  invalidField,
  OperationError,
  type BackgroundReport,
  type OperationContext,
  type ToolCall,
} from '#libs/kit';
import { KeptCallers } from '../../access/kept-callers.js';
import { Policy } from '../../access/policy/policy.js';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import { Catalog } from '../../catalog/catalog.js';
import { Guardrails } from '../guardrails/guardrails.js';
import { invalidInput } from '../input-issues.js';
import { ResultGovernor } from '../results/result-governor.js';
import type { BackgroundCall } from './background-call.js';
import { BackgroundNews } from './background-news.js';
import { BackgroundRows } from './background-rows.js';
import { BackgroundSettings } from './background.settings.js';
import { reportOf } from './report.js';

/** How soon an end is seen that nobody has told of. */
const LOOK_EVERY_MS = 1_000;
/** Left of a call's time, for its answer. */
const MARGIN_MS = 1_000;

/** How callers have calls run in the background, and hear of them. */
@Injectable()
export class CallerCalls extends BackgroundCalls {
  constructor(
    private readonly catalog: Catalog,
    private readonly policy: Policy,
    private readonly guardrails: Guardrails,
    private readonly callers: KeptCallers,
    private readonly rows: BackgroundRows,
    private readonly news: BackgroundNews,
    private readonly governor: ResultGovernor,
    private readonly settings: BackgroundSettings,
  ) {
    super();
  }

  async start({ tool, arguments: given }: ToolCall, context: OperationContext): Promise<BackgroundReport> {
    const { caller, door, requestId, traceparent } = context;
    const operation = this.catalog.findTool(tool, caller);
    this.check(operation, given, context);
    const { readOnly = false, idempotent = false } = operation.annotations;
    const added = await this.rows.add({
      callerId: caller.id,
      operation: operation.id,
      call: { caller: this.callers.keep(caller), arguments: given, door, requestId, traceparent },
      repeatable: readOnly || idempotent,
      ttlMs: this.settings.ttlMs,
    });
    this.news.tell('due', added.id);
    return reportOf(added);
  }

  async report(ticket: string, waitMs: number, context: OperationContext): Promise<BackgroundReport> {
    const call = await this.untilEnded(ticket, waitMs, context);
    const report = reportOf(call);
    // its result was made to fit, with room for what the report says beside it
    if (call.outcome && 'result' in call.outcome) {
      const { tokensUsed, guarded } = call.outcome.result.metadata;
      this.governor.letOutReport(report, tokensUsed, guarded);
    }
    return report;
  }

  async cancel(ticket: string, { caller }: OperationContext): Promise<BackgroundReport> {
    const isEnding = await this.rows.cancel(ticket, caller.id, this.settings.ttlMs);
    const call = await this.find(ticket, caller.id);
    if (isEnding) this.news.tell(call.state === 'running' ? 'cancelled' : 'ended', ticket);
    return reportOf(call);
  }

  /** As if it were made now: what would be refused is not kept for later. */
  private check(operation: CatalogOperation, given: Record<string, unknown>, { caller }: OperationContext): void {
    if (operation.forward) throw invalidField('name', 'the tool that is to be called', JSON.stringify(operation.tool));
    this.policy.requireCall(caller, operation);
    this.guardrails.admit(given);
    const parsed = operation.input.safeParse(given);
    if (!parsed.success) throw invalidInput(parsed.error, given);
    this.policy.requireArguments(caller, operation, parsed.data);
  }

  private async untilEnded(ticket: string, waitMs: number, context: OperationContext): Promise<BackgroundCall> {
    const { caller, signal } = context;
    const giveUpAt = performance.now() + Math.min(waitMs, context.remainingMs - MARGIN_MS);
    for (;;) {
      const ended = this.nextEnd(ticket, signal);
      try {
        const call = await this.find(ticket, caller.id);
        const leftMs = giveUpAt - performance.now();
        if ((call.state !== 'waiting' && call.state !== 'running') || leftMs <= 0) return call;
        const { progress = 0, total, message } = call.progress ?? {};
        context.progress(progress, total, message ?? `It is ${call.state}`);
        await ended.within(Math.min(LOOK_EVERY_MS, leftMs));
        signal.throwIfAborted();
      } finally {
        ended.forget();
      }
    }
  }

  /** Listens before it is looked, so that no end falls between the two. */
  private nextEnd(ticket: string, signal: AbortSignal) {
    let wake: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (wake = resolve));
    const stop = this.news.on('ended', (id) => {
      if (id === ticket) wake();
    });
    signal.addEventListener('abort', wake);
    return {
      within: async (ms: number) => {
        const timer = setTimeout(wake, ms);
        await ended;
        clearTimeout(timer);
      },
      forget: () => {
        stop();
        signal.removeEventListener('abort', wake);
      },
    };
  }

  private async find(ticket: string, callerId: string): Promise<BackgroundCall> {
    const call = await this.rows.find(ticket, callerId);
    if (call) return call;
    throw new OperationError(
      'unknown',
      'None of your calls in the background has this ticket. Outcomes are kept for a while only; start_call makes the call again.',
      { didYouMean: [] },
    );
  }
}
