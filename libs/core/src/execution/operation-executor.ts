import { Injectable } from '@nestjs/common';
import { invalidField, type Caller, type OperationError } from '#libs/kit';
import { Breakers } from '#libs/outbound';
import { Policy } from '../access/policy/policy.js';
import type { CatalogOperation } from '../catalog/catalog-entry.js';
import { Catalog } from '../catalog/catalog.js';
import { ServerSettings } from '../config/server.settings.js';
import { asOperationError } from '../errors/error-table.js';
import { within } from '../observability/traces/traces.js';
import { CallLimits } from '../throttling/call-limits.js';
import { Approvals } from './approvals/approvals.js';
import { splitTicket } from './approvals/ticket.js';
import type { CallClient } from './call-client.js';
import { CallContext, clientLeft, type BackgroundTurn, type CallOrigin } from './call-context.js';
import { CallRecorder } from './call-recorder.js';
import { callResult, type CallResult } from './call-result.js';
import { CallsInFlight } from './calls-in-flight.js';
import { outcomeOf } from './finished-call.js';
import { Guardrails, isOutside, type GuardedAnswer } from './guardrails/guardrails.js';
import { invalidInput } from './input-issues.js';
import { ResultBudgets } from './results/result-budgets.js';
import { reportedPartOf, ResultGovernor, type ShapedResult } from './results/result-governor.js';
import { ToolResultGovernor, type ToolResult } from './results/tool-result-governor.js';
import type { Budget } from './results/result-work.js';
import { StepClock } from './step-clock.js';
import { toolResultJson } from './tool-result.js';
import { ToolFailure } from './tool-failure.js';
import { asUnanswered } from './unanswered-change.js';

interface Performed {
  readonly operation: CatalogOperation;
  readonly input: Record<string, unknown>;
  readonly call: CallContext;
  readonly origin: CallOrigin;
  readonly budget: Budget;
}

/** The one way by which an operation is run, whichever door the call came through. */
@Injectable()
export class OperationExecutor {
  constructor(
    private readonly catalog: Catalog,
    private readonly policy: Policy,
    private readonly inFlight: CallsInFlight,
    private readonly breakers: Breakers,
    private readonly limits: CallLimits,
    private readonly budgets: ResultBudgets,
    private readonly governor: ResultGovernor,
    private readonly toolResults: ToolResultGovernor,
    private readonly guardrails: Guardrails,
    private readonly approvals: Approvals,
    private readonly recorder: CallRecorder,
    private readonly settings: ServerSettings,
  ) {}

  /**
   * Runs `service.operation`. Rejects with an OperationError, never with anything else.
   *
   * @param onEnd told when the call runs no more: its answer waits for its line in the audit then
   */
  async execute(id: string, input: unknown, origin: CallOrigin, onEnd?: () => void): Promise<CallResult> {
    const clock = new StepClock();
    const { caller } = origin;
    let operation: CatalogOperation | undefined;
    let call: CallContext | undefined;
    let result: CallResult | undefined;
    // nothing is done, nor refused, that could not be recorded
    this.recorder.requireRoom();
    try {
      // find
      operation = this.catalog.find(id, caller);
      if (operation.forward) {
        this.policy.requireNotDenied(caller, operation);
        ({ operation, input } = this.forwarded(operation, operation.forward, input, caller));
        id = operation.id;
      }

      // authorize
      this.policy.requireCall(caller, operation);
      clock.end('authorize');

      // admit
      if (origin.client?.isCancelled) throw clientLeft();
      const deadlineMs = Math.max(this.deadlineOf(operation), origin.background?.timeoutMs ?? 0);
      const span = this.recorder.span(operation, origin);
      call = new CallContext(origin, operation.id, deadlineMs, this.progressOf(operation, origin), span);
      this.inFlight.enter(call);
      const waiting = this.limits.admit(caller, operation, call);
      if (waiting) await call.settle(waiting, origin);
      clock.end('admit');
      this.recorder.events.started(operation, origin);

      // parse, then ask the rules on arguments
      const { ticket, input: given } = splitTicket(input);
      this.guardrails.admit(given);
      const parsed = operation.input.safeParse(given);
      if (!parsed.success) throw invalidInput(parsed.error, given);
      this.policy.requireArguments(caller, operation, parsed.data);
      const full = this.budgets.of(origin);
      const budget = origin.background ? reportedPartOf(full) : full;
      clock.end('parse');

      // approve, then run and shape
      const performed = { operation, input: parsed.data, call, origin, budget };
      const isGuarded = ticket !== undefined || this.approvals.requires(operation);
      const performing = isGuarded ? this.approved(performed, ticket, clock) : this.perform(performed, clock);
      result = performing instanceof Promise ? await performing : performing;
    } catch (cause) {
      this.leave(call, onEnd);
      const error = this.guardrails.error(asUnanswered(asOperationError(cause), operation, call));
      const durationMs = clock.elapsedMs;
      const outcome = outcomeOf(error);
      await this.recorder.record({
        operationId: id,
        operation,
        input,
        origin,
        outcome,
        error,
        durationMs,
        workMs: clock.workMs(durationMs),
        steps: clock.taken,
        span: call?.span,
        bytes: 0,
        tokens: 0,
      });
      throw error;
    }
    this.leave(call, onEnd);

    // record: the answer leaves after its line is written
    const { bytes, metadata } = result;
    const { executionTime: durationMs, tokensUsed } = metadata;
    // an answer spends its tokens when somebody reads it
    const tokens = origin.background ? 0 : tokensUsed;
    const steps = clock.taken;
    await this.recorder.record({
      operationId: id,
      operation,
      input,
      origin,
      outcome: 'ok',
      durationMs,
      workMs: clock.workMs(durationMs),
      steps,
      span: call.span,
      bytes,
      tokens,
    });
    return result;
  }

  /** A call that runs no more makes room, while its line is written. */
  private leave(call: CallContext | undefined, onEnd: (() => void) | undefined): void {
    if (call) {
      this.limits.leave(call);
      this.inFlight.leave(call);
    }
    onEnd?.();
  }

  /**
   * The end of a call that its door refuses before there is an operation to run: recorded like any other.
   *
   * @param id what was asked for, as far as it can be told
   * @returns the error to answer with
   */
  async refuse(id: string, input: unknown, origin: CallOrigin, cause: unknown): Promise<OperationError> {
    this.recorder.requireRoom();
    const error = asOperationError(cause);
    const operation = this.catalog.known(id);
    const outcome = outcomeOf(error);
    const none = { durationMs: 0, bytes: 0, tokens: 0 };
    await this.recorder.record({ ...none, operationId: id, operation, input, origin, outcome, error });
    return error;
  }

  /** Of an operation that passes calls on: the one that is called in its place, as if it had been asked for itself. */
  private forwarded(
    { input: schema, tool }: CatalogOperation,
    forward: NonNullable<CatalogOperation['forward']>,
    input: unknown,
    caller: Caller,
  ): { operation: CatalogOperation; input: unknown } {
    const parsed = schema.safeParse(input);
    if (!parsed.success) throw invalidInput(parsed.error, input);
    const call = forward(parsed.data);
    const operation = this.catalog.findTool(call.tool, caller);
    if (operation.forward) throw invalidField('name', `a tool other than ${tool}`, JSON.stringify(operation.tool));
    return { operation, input: call.arguments };
  }

  /** What an upstream is given was written down for it alone; an operation's own is what it needs at least. */
  private deadlineOf({ definition, deadlineMs }: CatalogOperation): number {
    const { defaultTimeoutMs } = this.settings;
    return definition ? (deadlineMs ?? defaultTimeoutMs) : Math.max(deadlineMs ?? 0, defaultTimeoutMs);
  }

  /** Performs the call when a person has said so, for its caller as it is by then. */
  private approved(performed: Performed, ticket: string | undefined, clock: StepClock): Promise<CallResult> {
    clock.askPerson();
    return this.approvals.run({ ...performed, ticket }, (origin) => {
      clock.end('approve');
      return this.perform({ ...performed, origin }, clock);
    });
  }

  /**
   * Runs the operation with its breaker, deadline and abort signal, and guards and shapes what it answers. A promise only
   * where one of that takes its time: each that is made for nothing is felt when calls are many.
   */
  private perform(performed: Performed, clock: StepClock): CallResult | Promise<CallResult> {
    const { call, origin } = performed;
    const running = this.begin(performed);
    if (!(running instanceof Promise)) return this.answer(running, performed, clock);
    return call.settle<unknown>(running, origin).then((data) => this.answer(data, performed, clock));
  }

  private begin(performed: Performed): unknown {
    const { call, origin } = performed;
    const { background } = origin;
    const run = () => (background ? this.runInTurn(performed, background) : this.run(performed));
    return call.span ? within(call.span, run) : run();
  }

  private async runInTurn(performed: Performed, turn: BackgroundTurn): Promise<unknown> {
    await turn.begin();
    // one that was ended meanwhile may run at another gateway by now
    performed.call.signal.throwIfAborted();
    return this.run(performed);
  }

  private answer(data: unknown, performed: Performed, clock: StepClock): CallResult | Promise<CallResult> {
    clock.end('run');
    const { operation, origin, budget } = performed;
    const answer = this.guardrails.answer(data, operation);
    const shaping = this.shape(answer, operation, origin, budget);
    if (shaping instanceof Promise) return shaping.then((shaped) => this.resultOf(shaped, answer, performed, clock));
    return this.resultOf(shaping, answer, performed, clock);
  }

  private resultOf(
    shaped: ShapedResult,
    { data, guarded }: GuardedAnswer,
    { operation, origin }: Performed,
    clock: StepClock,
  ): CallResult {
    clock.end('shape');
    const isToolResult = operation.definition !== undefined;
    // all that is at an upstream's own address is from outside
    const isMarked = origin.ungoverned !== true;
    const source = isMarked ? this.governor.sourceOf(data) : undefined;
    const from = isMarked && this.isFromOutside(operation, source?.operation) ? 'outside' : undefined;
    const marks = { origin: from, guarded: isMarked ? (guarded ?? source?.guarded) : undefined } as const;
    const result = callResult(shaped, clock.takenMs, origin.requestId, isToolResult, marks);
    if (isToolResult) refuseFailure(data as ToolResult, result);
    return result;
  }

  private progressOf(operation: CatalogOperation, origin: CallOrigin): CallClient['progress'] {
    return (...told) => {
      this.recorder.events.progressed(operation, origin, ...told);
    };
  }

  private shape({ data, json }: GuardedAnswer, operation: CatalogOperation, origin: CallOrigin, budget: Budget) {
    if (operation.definition) return this.toolResults.shape(data as ToolResult, json, operation, origin, budget);
    return this.governor.shape(data, json, operation, origin.caller, budget);
  }

  /** A page of a stored result is as its source was; a source that is gone was an upstream's. */
  private isFromOutside(operation: CatalogOperation, id: string | undefined): boolean {
    const source = id === undefined ? operation : this.catalog.known(id);
    return source === undefined || isOutside(source);
  }

  private run(performed: Performed): unknown {
    const { operation, input } = performed;
    const backEnd = operation.backEnd?.(input);
    if (backEnd === undefined) return runNow(performed);
    return this.breakers.run(backEnd, () => runNow(performed), performed.call);
  }
}

function runNow({ operation, input, call }: Performed): unknown {
  // an upstream's tool begins when the upstream is asked
  if (!operation.definition) call.begin();
  return operation.run(input, call);
}

/** A tool that says itself that it failed is a call that failed, at every door. */
function refuseFailure({ isError, content }: ToolResult, result: CallResult): void {
  if (isError !== true) return;
  const text = content?.flatMap((block) => (block.type === 'text' ? String(block.text) : [])).join('\n') ?? '';
  throw new ToolFailure(text.slice(0, MAX_MESSAGE) || 'The tool failed and did not say why', toolResultJson(result));
}

/** Of what a tool says about its failure, where that is told outside of MCP. */
const MAX_MESSAGE = 2_000;
