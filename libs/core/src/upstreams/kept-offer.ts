import type { UpstreamConnection } from './connection.js';
import { withSafeIcons } from './definition-shapes.js';
import { visible, withVisibleTexts } from './text-cleaning.js';
import type { UpstreamOffer } from './upstream.js';

/** What is kept of an offer besides its tools, which are pinned one by one. */
export type KeptOffer = Omit<UpstreamOffer, 'tools' | 'asking' | 'instructions'> & { readonly instructions?: string };

export const nothingKept: KeptOffer = {
  resources: [],
  resourceTemplates: [],
  prompts: [],
  capabilities: {},
  serverInfo: {},
};

/** What a connection tells of its server, without what hides in texts. */
export function introductionOf({
  capabilities,
  serverInfo,
  instructions,
}: Pick<UpstreamConnection, 'capabilities' | 'serverInfo'> & { readonly instructions?: string | undefined }) {
  return {
    capabilities: withVisibleTexts(capabilities) as KeptOffer['capabilities'],
    serverInfo: withSafeIcons(withVisibleTexts(serverInfo) as KeptOffer['serverInfo']),
    ...(instructions !== undefined && { instructions: visible(instructions) }),
  };
}
