import { setting, settings, value } from '#libs/kit';
import { policyDocument } from './policy-document.js';

/** Nobody may do anything. */
const CLOSED = {
  rules: [{ name: 'stored-policy', effect: 'deny', operations: ['*'], reason: 'The stored policy can’t be read' }],
};

export class PolicySettings extends settings({
  policies: setting(
    'MCP_POLICIES',
    value.json(
      policyDocument,
      'a policy as JSON: {"roles": {"<name>": [permissions]}, "rules": [{"name", "effect": "allow" or "deny", "operations": […], …}]}',
    ),
    {
      description:
        'Roles, and rules that allow or deny by caller, operation and arguments, as JSON; see docs/policies.md',
      default: '{}',
      key: 'policies',
      runtime: true,
      closed: JSON.stringify(CLOSED),
    },
  ),
}) {}
