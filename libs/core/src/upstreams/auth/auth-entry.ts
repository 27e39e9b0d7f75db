import { z } from 'zod';

const text = z.string().min(1).max(8_192);

/** How the gateway gets the right to use an upstream, beyond fixed headers. */
export const authEntry = z.discriminatedUnion('type', [
  z.object({ type: z.literal('bearer'), token: text }),
  z.object({
    type: z.literal('client-credentials'),
    clientId: text,
    clientSecret: text,
    /** The authorization server that these belong to: they are sent to no other. */
    issuer: text,
    scope: text.optional(),
  }),
  z.object({
    /** Each caller authorizes the gateway for itself. */
    type: z.literal('authorization-code'),
    /** Unset: the gateway registers itself, or says where its metadata is. */
    clientId: text.optional(),
    clientSecret: text.optional(),
    scope: text.optional(),
  }),
]);

export type AuthEntry = z.output<typeof authEntry>;
/** What has to be fetched. */
export type FetchedAuth = Exclude<AuthEntry, { type: 'bearer' }>;
