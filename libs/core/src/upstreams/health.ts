import { HeldSecrets } from '../observability/held-secrets.js';
import { redactText } from '../observability/redaction.js';
import type { UpstreamFailure } from './upstream.js';

/** What went wrong last with an upstream, until something goes right again. */
export class Health {
  private failure: UpstreamFailure | undefined;
  private readonly secrets: HeldSecrets;

  /** @param secrets what the upstream is sent, and may say in its errors */
  constructor(secrets: readonly string[] = []) {
    this.secrets = new HeldSecrets(secrets, (form) => form !== '');
  }

  get lastFailure(): UpstreamFailure | undefined {
    return this.failure;
  }

  failed(stage: UpstreamFailure['stage'], message: string): void {
    const at = new Date();
    this.failure = { stage, message: redactText(this.secrets.mask(message)), at, since: this.failure?.since ?? at };
  }

  succeeded(): void {
    this.failure = undefined;
  }
}
