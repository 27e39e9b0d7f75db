/** What is read of the answers of the Engine API, by the names of its description. */

export interface ContainerSummary {
  Id: string;
  Names: string[];
  Image: string;
  State: string;
  Status: string;
  Created: number;
  Ports?: { IP?: string; PrivatePort: number; PublicPort?: number; Type: string }[];
}

export interface ImageSummary {
  Id: string;
  RepoTags?: string[] | null;
  Created: number;
  Size: number;
  Containers?: number;
}

export interface ContainerInspection {
  Id: string;
  Name: string;
  Created: string;
  RestartCount?: number;
  State: {
    Status: string;
    ExitCode: number;
    Error?: string;
    OOMKilled?: boolean;
    StartedAt?: string;
    FinishedAt?: string;
    Health?: { Status: string; Log?: { ExitCode: number; Output: string }[] };
  };
  Config: {
    Image: string;
    Tty: boolean;
    User?: string;
    WorkingDir?: string;
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    Env?: string[] | null;
    Labels?: Record<string, string> | null;
  };
  HostConfig: { RestartPolicy?: { Name: string; MaximumRetryCount?: number }; Memory?: number; NanoCpus?: number };
  Mounts?: { Type: string; Name?: string; Destination: string; RW: boolean }[];
  NetworkSettings: {
    Networks?: Record<string, { IPAddress?: string }> | null;
    Ports?: Record<string, { HostIp: string; HostPort: string }[] | null> | null;
  };
}

interface CpuFigures {
  cpu_usage: { total_usage: number };
  system_cpu_usage?: number;
  online_cpus?: number;
}

export interface ContainerStats {
  read: string;
  cpu_stats: CpuFigures;
  precpu_stats: CpuFigures;
  memory_stats: { usage?: number; limit?: number; stats?: { inactive_file?: number; total_inactive_file?: number } };
  networks?: Record<string, { rx_bytes: number; tx_bytes: number }>;
  blkio_stats?: { io_service_bytes_recursive?: { op: string; value: number }[] | null };
  pids_stats?: { current?: number };
}

export interface EngineInfo {
  ServerVersion: string;
  OperatingSystem: string;
  OSType: string;
  Architecture: string;
  NCPU: number;
  MemTotal: number;
  Containers: number;
  ContainersRunning: number;
  ContainersPaused: number;
  ContainersStopped: number;
  Images: number;
  Driver: string;
  Warnings?: string[] | null;
}
