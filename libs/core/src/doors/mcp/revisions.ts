/** The revision whose requests stand alone: each brings its own version and capabilities, and there are no sessions. */
export const MODERN_REVISION = '2026-07-28';

/** The revisions with sessions, newest first. */
export const sessionRevisions = ['2025-11-25', '2025-06-18', '2025-03-26'] as const;
export type SessionRevision = (typeof sessionRevisions)[number];

/** All that is served, newest first. */
export const servedRevisions: readonly string[] = [MODERN_REVISION, ...sessionRevisions];

/** The revision that a client without the header `MCP-Protocol-Version` is taken to speak (2025-06-18, Transports). */
export const ASSUMED_REVISION: SessionRevision = '2025-03-26';

export function isSessionRevision(text: string): text is SessionRevision {
  return (sessionRevisions as readonly string[]).includes(text);
}

/** Revisions are dates, so later ones are greater texts. */
export function isModern(revision: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(revision) && revision >= MODERN_REVISION;
}

/** Reserved members of `_meta` (2026-07-28). */
export const metaKeys = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const;
