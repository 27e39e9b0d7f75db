import { CallSum, OperationSums, type CallCounts } from './call-sum.js';

/** Numbers by name, in rooms within rooms. */
export interface Numbers {
  [name: string]: number | Numbers;
}

/** How one gateway did for some time. All of it can be added: two seconds to one another, and two replicas. */
export interface MetricsPoint {
  /** How many seconds were looked at. */
  readonly samples: number;
  /** Of the gateway's own operations, and of its upstreams. */
  readonly own: CallCounts;
  readonly upstreams: CallCounts;
  /** By operation id. */
  readonly operations: Readonly<Record<string, CallCounts>>;
  /** What happened (counts), and what was seen at each second (gauges), added up. */
  readonly sums: Numbers;
  /** The highest that was seen in a second, at one replica. */
  readonly peaks: Readonly<Record<string, number>>;
}

/** Points as they are added. */
export class PointSum {
  private samples = 0;
  private readonly own = new CallSum();
  private readonly upstreams = new CallSum();
  private readonly operations = new OperationSums();
  private readonly sums: Numbers = empty<number | Numbers>();
  private readonly peaks = empty<number>();

  add(point: MetricsPoint): void {
    this.samples += point.samples;
    this.own.add(point.own);
    this.upstreams.add(point.upstreams);
    for (const [id, counts] of Object.entries(point.operations)) this.operations.of(id).add(counts);
    addNumbers(this.sums, point.sums);
    for (const [name, peak] of Object.entries(point.peaks)) {
      this.peaks[name] = Math.max(this.peaks[name] ?? -Infinity, peak);
    }
  }

  point(): MetricsPoint {
    return {
      samples: this.samples,
      own: this.own.counts(),
      upstreams: this.upstreams.counts(),
      operations: this.operations.counts(),
      sums: this.sums,
      peaks: this.peaks,
    };
  }
}

/** Of all points. */
export function sumOf(points: Iterable<MetricsPoint>): MetricsPoint {
  const sum = new PointSum();
  for (const point of points) sum.add(point);
  return sum.point();
}

function addNumbers(target: Numbers, source: Numbers): void {
  for (const [name, value] of Object.entries(source)) {
    const before = target[name];
    if (typeof value === 'number') target[name] = (typeof before === 'number' ? before : 0) + value;
    else {
      const room: Numbers = typeof before === 'object' ? before : empty<number | Numbers>();
      addNumbers(room, value);
      target[name] = room;
    }
  }
}

/** Its names come from elsewhere, and none of them is one of Object's. */
function empty<V>(): Record<string, V> {
  return Object.create(null) as Record<string, V>;
}
