import { cloudflareSamples } from './cloudflare.js';
import { dockerSamples } from './docker.js';
import { gatewaySamples } from './gateway.js';
import { githubSamples } from './github.js';
import { mem0Samples } from './mem0.js';
import { n8nSamples } from './n8n.js';
import { postgresSamples } from './postgres.js';
import type { ServiceSamples } from './sample.js';
import { webSamples } from './web.js';
import { workspaceSamples } from './workspace.js';

/** Of every service; an operation without a sample fails `catalog.contract-spec.ts`. */
export function samplesOfServices(): Promise<ServiceSamples[]> {
  return Promise.all([
    cloudflareSamples(),
    dockerSamples(),
    gatewaySamples(),
    githubSamples(),
    mem0Samples(),
    n8nSamples(),
    postgresSamples(),
    webSamples(),
    workspaceSamples(),
  ]);
}
