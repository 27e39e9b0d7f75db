import { parseWebUrl } from './web-url.js';

/**
 * Where a request may go. `open` is for what a caller or an admin chose at runtime: public addresses and
 * `WEB_ALLOWED_HOSTS`. A NamedOrigin is for what the operator wrote into the environment or the config file.
 */
export type TargetPolicy = 'open' | NamedOrigin;

/** One origin that the operator named. It may be private; no other address on the same host is. */
export class NamedOrigin {
  readonly origin: string;

  /**
   * `name` stands for the origin in error messages, which hold no host of the operator's. With `socketPath` it is reached
   * by that Unix socket, whatever its host. Throws `invalid` where `url` is no http or https URL.
   */
  constructor(
    readonly name: string,
    url: string,
    readonly socketPath?: string,
  ) {
    this.origin = parseWebUrl(url).origin;
  }
}
