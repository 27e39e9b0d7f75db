import { invalidField, type InputOf, type OutputOf, type Redaction } from '#libs/kit';
import type { ContainerInspection, ContainerStats } from './engine-answers.js';
import type { Engine } from './engine.js';
import { logLines } from './log-stream.js';
import { logTime } from './log-time.js';
import type * as operations from './operations.js';
import { usageOf } from './usage.js';

const MAX_HEALTH_OUTPUT = 500;

export async function inspectContainer(
  engine: Engine,
  redaction: Redaction,
  container: string,
  signal: AbortSignal,
): Promise<OutputOf<typeof operations.inspect>> {
  const found = await engine.json<ContainerInspection>(`/containers/${container}/json`, {}, signal);
  const { State: state, Config: config, HostConfig: host, NetworkSettings: network } = found;
  const lastCheck = state.Health?.Log?.at(-1)?.Output;
  const shown = {
    id: found.Id.slice(0, 12),
    name: found.Name.replace(/^\//, ''),
    image: config.Image,
    created: found.Created,
    state: {
      status: state.Status,
      exitCode: state.ExitCode,
      ...(state.Error && { error: state.Error }),
      outOfMemory: state.OOMKilled ?? false,
      startedAt: timeOrNull(state.StartedAt),
      finishedAt: timeOrNull(state.FinishedAt),
      restarts: found.RestartCount ?? 0,
      ...(state.Health && { health: state.Health.Status }),
      ...(lastCheck !== undefined && { lastHealthCheck: lastCheck.slice(0, MAX_HEALTH_OUTPUT) }),
    },
    command: [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])],
    user: config.User ?? '',
    workingDirectory: config.WorkingDir ?? '',
    environment: Object.fromEntries((config.Env ?? []).map(nameAndValue)),
    labels: config.Labels ?? {},
    mounts: (found.Mounts ?? []).map(({ Type, Name, Destination, RW }) => ({
      type: Type,
      ...(Name !== undefined && { volume: Name }),
      destination: Destination,
      readOnly: !RW,
    })),
    ports: Object.entries(network.Ports ?? {}).flatMap(([inside, published]) =>
      published?.length ? published.map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}->${inside}`) : [inside],
    ),
    networks: Object.entries(network.Networks ?? {}).map(([name, { IPAddress = '' }]) => ({
      name,
      address: IPAddress,
    })),
    restartPolicy: host.RestartPolicy?.Name || 'no',
    memoryLimitBytes: host.Memory || null,
    cpuLimit: host.NanoCpus ? host.NanoCpus / 1e9 : null,
  };
  return redaction.value(shown) as typeof shown;
}

export async function readLogs(
  engine: Engine,
  { container, tail, since, until, stream, timestamps }: InputOf<typeof operations.logs>,
  signal: AbortSignal,
): Promise<OutputOf<typeof operations.logs>> {
  // whether the log comes in frames depends on it; older engines do not say so with the log
  const { Name, Config } = await engine.json<ContainerInspection>(`/containers/${container}/json`, {}, signal);
  const query = {
    stdout: stream !== 'stderr',
    stderr: stream !== 'stdout',
    tail,
    timestamps,
    since: secondsOf('since', since),
    until: secondsOf('until', until),
  };
  const { body } = await engine.get(`/containers/${container}/logs`, query, signal);
  const lines = logLines(body, Config.Tty);
  return { container: Name.replace(/^\//, ''), lines: lines.length, log: lines.map(({ text }) => text).join('\n') };
}

export async function containerStats(
  engine: Engine,
  container: string,
  signal: AbortSignal,
): Promise<OutputOf<typeof operations.stats>> {
  const query = { stream: false, 'one-shot': false };
  const stats = await engine.json<ContainerStats>(`/containers/${container}/stats`, query, signal);
  return { container, ...usageOf(stats) };
}

function secondsOf(path: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = logTime(text);
  if (seconds === undefined)
    throw invalidField(path, 'a time such as 2026-11-28T10:00:00Z or 15m', JSON.stringify(text));
  return seconds;
}

function nameAndValue(entry: string): [name: string, value: string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}

/** The engine's zero is the year 1. */
function timeOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' || text.startsWith('0001-') ? null : text;
}
