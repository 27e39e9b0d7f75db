import type { InputOf, OutputOf } from '#libs/kit';
import type { ContainerSummary, EngineInfo, ImageSummary } from './engine-answers.js';
import type { Engine } from './engine.js';
import type * as operations from './operations.js';

export async function listContainers(
  engine: Engine,
  { all, name, status, label, limit }: InputOf<typeof operations.ps>,
  signal: AbortSignal,
): Promise<OutputOf<typeof operations.ps>> {
  const filters = JSON.stringify({
    ...(name !== undefined && { name: [name] }),
    ...(status !== undefined && { status: [status] }),
    ...(label !== undefined && { label: [label] }),
  });
  const shown = { all: all || status !== undefined, filters };
  const found = await engine.json<ContainerSummary[]>('/containers/json', shown, signal);
  return { containers: found.slice(0, limit).map(showContainer), more: found.length > limit };
}

export async function listImages(
  engine: Engine,
  { reference, limit }: InputOf<typeof operations.images>,
  signal: AbortSignal,
): Promise<OutputOf<typeof operations.images>> {
  const filters = reference === undefined ? undefined : JSON.stringify({ reference: [reference] });
  const found = await engine.json<ImageSummary[]>('/images/json', { filters }, signal);
  const newest = [...found].sort((a, b) => b.Created - a.Created).slice(0, limit);
  return {
    images: newest.map(({ Id, RepoTags, Size, Created }) => ({
      id: shortId(Id),
      tags: (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
      sizeBytes: Size,
      created: isoTime(Created),
    })),
    more: found.length > limit,
  };
}

export async function engineInfo(engine: Engine, signal: AbortSignal): Promise<OutputOf<typeof operations.info>> {
  const info = await engine.json<EngineInfo>('/info', {}, signal);
  return {
    version: info.ServerVersion,
    operatingSystem: info.OperatingSystem,
    architecture: info.Architecture,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    containers: {
      total: info.Containers,
      running: info.ContainersRunning,
      paused: info.ContainersPaused,
      stopped: info.ContainersStopped,
    },
    images: info.Images,
    storageDriver: info.Driver,
    warnings: info.Warnings ?? [],
  };
}

function showContainer({ Id, Names, Image, State, Status, Created, Ports = [] }: ContainerSummary) {
  const ports = Ports.map(({ IP, PrivatePort, PublicPort, Type }) => {
    const inside = `${PrivatePort}/${Type}`;
    return PublicPort === undefined ? inside : `${IP ?? ''}:${PublicPort}->${inside}`;
  });
  return {
    id: shortId(Id),
    name: (Names[0] ?? '').replace(/^\//, ''),
    image: Image,
    state: State,
    status: Status,
    ports,
    created: isoTime(Created),
  };
}

/** As `docker ps` shows it. */
function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
