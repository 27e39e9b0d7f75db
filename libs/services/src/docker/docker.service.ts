import {
  McpService,
  Operation,
  Redaction,
  type InputOf,
  type OperationContext,
  type ReachesBackEnds,
  type ReportsStatus,
  type ServiceStatus,
} from '#libs/kit';
import { containerStats, inspectContainer, readLogs } from './container.js';
import { DockerSettings } from './docker.settings.js';
import { Engine } from './engine.js';
import { engineInfo, listContainers, listImages } from './listing.js';
import * as operations from './operations.js';

@McpService({
  name: 'docker',
  version: '1.0.0',
  description:
    'Containers and images of a Docker engine: what runs, its logs, its set-up and what it uses. Changes nothing.',
  location: 'server',
  icon: 'M3 12h4v4H3zm5 0h4v4H8zm5 0h4v4h-4zM8 7h4v4H8zm5 0h4v4h-4zM3 17h18a6 6 0 0 1-6 4H8a5 5 0 0 1-5-4z',
  settings: DockerSettings,
})
export class DockerService implements ReportsStatus, ReachesBackEnds {
  constructor(
    private readonly engine: Engine,
    private readonly redaction: Redaction,
  ) {}

  serviceStatus(): ServiceStatus {
    return this.engine.status();
  }

  backEndOf(): string {
    return 'the Docker engine';
  }

  @Operation(operations.ps)
  ps(input: InputOf<typeof operations.ps>, { signal }: OperationContext) {
    return listContainers(this.engine, input, signal);
  }

  @Operation(operations.images)
  images(input: InputOf<typeof operations.images>, { signal }: OperationContext) {
    return listImages(this.engine, input, signal);
  }

  @Operation(operations.logs)
  logs(input: InputOf<typeof operations.logs>, { signal }: OperationContext) {
    return readLogs(this.engine, input, signal);
  }

  @Operation(operations.inspect)
  inspect({ container }: InputOf<typeof operations.inspect>, { signal }: OperationContext) {
    return inspectContainer(this.engine, this.redaction, container, signal);
  }

  @Operation(operations.stats)
  stats({ container }: InputOf<typeof operations.stats>, { signal }: OperationContext) {
    return containerStats(this.engine, container, signal);
  }

  @Operation(operations.info)
  info(_input: object, { signal }: OperationContext) {
    return engineInfo(this.engine, signal);
  }
}
