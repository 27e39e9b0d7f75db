import { z } from 'zod';
import { isNetwork } from '../access/networks.js';
import { MAX_RESULT_TOKENS, MIN_RESULT_TOKENS } from '../execution/results/results.settings.js';
import { budgetMembers } from '../throttling/limit-document.js';
import { permissionList, plainName } from './fields.js';
import { moment } from './moment.js';

const MAX_OVERLAP_SECONDS = 7 * 86_400;

export const expiresAt = moment.refine((date) => date.getTime() > Date.now(), 'a time in the future');
const allowedNetworks = z.array(z.string().refine(isNetwork, 'a CIDR or an address')).min(1).max(200);

const resultTokens = z.int().min(MIN_RESULT_TOKENS).max(MAX_RESULT_TOKENS).optional();
const limits = z.strictObject({ ...budgetMembers, resultTokens });

export const newKey = z.strictObject({
  name: plainName,
  permissions: permissionList,
  owner: plainName.optional(),
  team: plainName.optional(),
  expiresAt: expiresAt.optional(),
  allowedNetworks: allowedNetworks.optional(),
  limits: limits.optional(),
});

/** `null` takes what was decided away again; `limits` are replaced as a whole. */
export const keyChange = z.strictObject({
  name: plainName.optional(),
  permissions: permissionList.optional(),
  owner: plainName.nullable().optional(),
  team: plainName.nullable().optional(),
  expiresAt: expiresAt.nullable().optional(),
  allowedNetworks: allowedNetworks.nullable().optional(),
  limits: limits.nullable().optional(),
});

export const rotation = z.strictObject({ overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(0) });

const MAX_FOUND_KEYS = 100;

/** Texts that somebody found and that may be keys. */
export const foundKeys = z.strictObject({
  keys: z.array(z.string().min(1).max(512)).min(1).max(MAX_FOUND_KEYS),
  revoke: z.boolean().default(false),
});
