import { OperationError } from '#libs/kit';
import type { ContainerStats } from './engine-answers.js';

/** What a container uses, as `docker stats` computes it from two readings of the engine. Throws `failed` where it does not run. */
export function usageOf(stats: ContainerStats) {
  const { cpu_stats: now, precpu_stats: before, memory_stats: memory } = stats;
  if (memory.usage === undefined || now.system_cpu_usage === undefined) {
    throw new OperationError('failed', 'This container does not run; docker_ps shows those that do');
  }
  const cpus = now.online_cpus ?? 1;
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const passed = now.system_cpu_usage - (before.system_cpu_usage ?? 0);
  // pages of files that could be dropped at once are no use of memory
  const droppable = memory.stats?.inactive_file ?? memory.stats?.total_inactive_file ?? 0;
  const memoryBytes = Math.max(0, memory.usage - droppable);
  const networks = Object.values(stats.networks ?? {});
  return {
    time: stats.read,
    cpuPercent: passed > 0 ? rounded((used / passed) * cpus * 100) : 0,
    cpus,
    memoryBytes,
    memoryLimitBytes: memory.limit ?? null,
    memoryPercent: memory.limit ? rounded((memoryBytes / memory.limit) * 100) : null,
    networkReceivedBytes: sum(networks.map(({ rx_bytes }) => rx_bytes)),
    networkSentBytes: sum(networks.map(({ tx_bytes }) => tx_bytes)),
    diskReadBytes: diskBytes(stats, 'read'),
    diskWrittenBytes: diskBytes(stats, 'write'),
    processes: stats.pids_stats?.current ?? null,
  };
}

function diskBytes({ blkio_stats }: ContainerStats, operation: string): number {
  const entries = blkio_stats?.io_service_bytes_recursive ?? [];
  return sum(entries.filter(({ op }) => op.toLowerCase() === operation).map(({ value }) => value));
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}
