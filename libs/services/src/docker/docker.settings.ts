import { z } from 'zod';
import { setting, settings } from '#libs/kit';

export const DEFAULT_SOCKET = 'unix:///var/run/docker.sock';

export class DockerSettings extends settings({
  host: setting(
    'DOCKER_HOST',
    z
      .string()
      .regex(/^[a-z]+:\/\/./)
      .describe('a URL such as unix:///var/run/docker.sock or http://127.0.0.1:2375'),
    {
      key: 'docker.host',
      description: 'Where the Docker engine answers: a socket, or http:// without a path',
      default: DEFAULT_SOCKET,
    },
  ),
}) {}
