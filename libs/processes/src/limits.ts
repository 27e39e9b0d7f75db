/** What one process may use; what it starts is limited alike. */
export interface Limits {
  /** Of memory that it may write to; what V8 only reserves does not count. */
  readonly memoryBytes: number;
  /** Of the user, not of the process alone: that is how systems count. Root is not limited. */
  readonly processes: number;
  readonly cpuSeconds?: number;
}

/** The words before a command that hold it to its limits; none where there is no prlimit. */
export function limiting(prlimit: string | undefined, { memoryBytes, processes, cpuSeconds }: Limits): string[] {
  if (prlimit === undefined) return [];
  const cpu = cpuSeconds === undefined ? [] : [`--cpu=${cpuSeconds}`];
  return [prlimit, `--data=${memoryBytes}`, `--nproc=${processes}`, ...cpu, '--core=0', '--'];
}
