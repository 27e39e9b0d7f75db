import { z } from 'zod';
import { isPermission } from '../access/permissions.js';
import { isPlainText, MAX_NAME } from '../access/plain-text.js';

/** A name for people. */
export const plainName = z.string().trim().min(1).max(MAX_NAME).refine(isPlainText, 'text without control characters');

export const permissionList = z
  .array(z.string().refine(isPermission, 'a permission: an action, service:action, service.operation, role:name or *'))
  .min(1)
  .max(200);
