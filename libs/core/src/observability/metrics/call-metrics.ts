import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import type { DoorName } from '#libs/kit';
import { workMsOf, type CallOutcome, type FinishedCall } from '../../execution/finished-call.js';
import { Durations, registerHistogram } from './duration-histogram.js';
import { CallTally } from './history/call-tally.js';

const outcomes: Record<CallOutcome, number> = { ok: 0, error: 1, denied: 2, limited: 3 };
const doors: Record<DoorName, number> = { rpc: 0, commands: 1, rest: 2, mcp: 3, realtime: 4 };
const outcomeNames = Object.keys(outcomes) as CallOutcome[];
const doorNames = Object.keys(doors) as DoorName[];

/** Operations that are told apart; the catalog holds fewer. */
const MAX_OPERATIONS = 10_000;
const UNKNOWN = 'unknown';

/** What is counted of one operation. */
class OperationSeries {
  /** By outcome and door. */
  readonly calls = new Float64Array(outcomeNames.length * doorNames.length);
  readonly durations = new Durations();
  tokens = 0;

  constructor(
    readonly service: string,
    readonly operation: string,
  ) {}

  of(outcome: CallOutcome): number {
    const first = outcomes[outcome] * doorNames.length;
    return this.calls.subarray(first, first + doorNames.length).reduce((sum, calls) => sum + calls, 0);
  }
}

/** What Prometheus and the history are told of calls. Labels come from the catalog, so that callers can't make new ones. */
@Injectable()
export class CallMetrics {
  private readonly byId = new Map<string, OperationSeries>();
  private readonly unknown = new OperationSeries(UNKNOWN, UNKNOWN);

  constructor(
    registry: Registry,
    private readonly tally: CallTally,
  ) {
    const series = () => this.all();
    registerHistogram(
      registry,
      { name: 'mcp_operation_duration_seconds', help: 'How long calls took, by operation' },
      () => series().map(({ service, operation, durations }) => ({ labels: { service, operation }, durations })),
    );
    new Counter({
      name: 'mcp_operation_total',
      help: 'Calls by operation, outcome (ok, error, denied, limited) and door',
      labelNames: ['service', 'operation', 'outcome', 'door'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { service, operation, calls } of series()) {
          calls.forEach((count, i) => {
            const outcome = outcomeNames[Math.floor(i / doorNames.length)] ?? UNKNOWN;
            const door = doorNames[i % doorNames.length] ?? UNKNOWN;
            if (count > 0) this.inc({ service, operation, outcome, door }, count);
          });
        }
      },
    });
    new Counter({
      name: 'mcp_token_usage_total',
      help: 'Tokens of the answers, estimated, by operation',
      labelNames: ['service', 'operation'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { service, operation, tokens } of series()) this.inc({ service, operation }, tokens);
      },
    });
  }

  record(call: FinishedCall): void {
    this.tally.record(call);
    const { operation, outcome, origin, tokens } = call;
    const series = operation ? (this.byId.get(operation.id) ?? this.add(operation)) : this.unknown;
    const i = outcomes[outcome] * doorNames.length + doors[origin.door];
    series.calls[i] = (series.calls[i] ?? 0) + 1;
    series.durations.observe(workMsOf(call) / 1_000);
    series.tokens += tokens;
  }

  /** Of every operation that was called, by its id; calls of what does not exist are `unknown`. */
  snapshot() {
    return Object.fromEntries(
      this.all().map((series) => {
        const { service, operation, durations, tokens } = series;
        const { count, sum } = durations;
        const [ok, error, denied, limited] = [
          series.of('ok'),
          series.of('error'),
          series.of('denied'),
          series.of('limited'),
        ];
        const told = { calls: count, ok, error, denied, limited, tokens, averageMs: (sum / count) * 1_000 };
        return [series === this.unknown ? UNKNOWN : `${service}.${operation}`, told];
      }),
    );
  }

  private all(): OperationSeries[] {
    return [...this.byId.values(), this.unknown].filter(({ durations }) => durations.count > 0);
  }

  private add({ id, service, name }: NonNullable<FinishedCall['operation']>): OperationSeries {
    if (this.byId.size >= MAX_OPERATIONS) return this.unknown;
    const series = new OperationSeries(service, name);
    this.byId.set(id, series);
    return series;
  }
}
