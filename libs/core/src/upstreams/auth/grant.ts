import type { OAuthClientInformationMixed, OAuthDiscoveryState } from '@modelcontextprotocol/client';
import type { Kept } from './kept-tokens.js';

/** What one caller has granted the gateway at one upstream, and how far it has come with it. */
export interface Grant {
  /** The upstream's URL, which is all that this is good for. */
  readonly server?: string | undefined;
  readonly kept?: Kept | undefined;
  /** The gateway as the upstream's authorization server knows it, where it registered itself. */
  readonly client?: OAuthClientInformationMixed | undefined;
  /** The authorization server that was found, which the code must come back from. */
  readonly discovery?: OAuthDiscoveryState | undefined;
  /** An authorization that was begun: where the person goes, and what proves afterwards that it was us. */
  readonly begun?: { readonly url: string; readonly verifier: string; readonly until: number } | undefined;
}
