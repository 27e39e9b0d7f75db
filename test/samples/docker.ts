import { DockerEngine } from '../contract/docker/docker-engine.js';
import type { Sample, ServiceSamples } from './sample.js';

const samples: Record<string, Sample> = {
  'docker.docker_ps': { input: { all: true }, command: '/mcp-docker docker_ps --all' },
  'docker.docker_images': { input: { reference: 'nginx' }, command: '/mcp-docker docker_images nginx' },
  'docker.docker_logs': { input: { container: 'site', tail: 1 }, command: '/mcp-docker docker_logs site --tail 1' },
  'docker.docker_inspect': { input: { container: 'site' }, command: '/mcp-docker docker_inspect site' },
  'docker.docker_stats': { input: { container: 'site' }, command: '/mcp-docker docker_stats site' },
  'docker.docker_info': { input: {}, command: '/mcp-docker docker_info' },
};

/** Reads an engine with one container and one image. */
export async function dockerSamples(): Promise<ServiceSamples> {
  const engine = await new DockerEngine().start();
  engine.run('site', { log: [{ stream: 'stdout', time: 1, text: 'ready' }] });
  engine.images.push({ id: 'ab'.repeat(32), tags: ['nginx:1.29'], size: 1_000, created: 1_700_000_000 });
  return { env: { DOCKER_HOST: engine.host }, samples, close: () => engine.close() };
}
