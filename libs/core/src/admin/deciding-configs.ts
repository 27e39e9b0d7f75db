import { Injectable } from '@nestjs/common';
import { CompiledPolicy } from '../access/policy/compiled-policy.js';
import { Policy } from '../access/policy/policy.js';
import type { PolicyDocument } from '../access/policy/policy-document.js';
import { TrustedNetwork } from '../access/trusted-network.js';
import { ApprovalsSettings } from '../execution/approvals/approvals.settings.js';
import type { ServerEntry } from '../upstreams/server-entry.js';
import type { Plan } from './config-plan.js';
import type { DecidingConfig } from './decision.js';

/** The parts of a configuration that decide, as they are and as a plan would have them. */
@Injectable()
export class DecidingConfigs {
  constructor(
    private readonly policy: Policy,
    private readonly approvals: ApprovalsSettings,
    private readonly trusted: TrustedNetwork,
  ) {}

  now(): DecidingConfig {
    return {
      policy: this.policy.current,
      approvals: this.approvals.require,
      localPermissions: this.trusted.local.permissions,
      uses: () => true,
    };
  }

  with({ wanted, upstreams }: Plan): DecidingConfig {
    const now = this.now();
    const valueOf = (key: string) => wanted.get(key)?.value;
    const policies = valueOf('policies') as PolicyDocument | undefined;
    const servers = (valueOf('mcpServers') ?? {}) as Record<string, ServerEntry>;
    const isOff = (name: string) => upstreams.changed.includes(name) && !isOn(servers[name]);
    return {
      policy: policies ? new CompiledPolicy(policies) : now.policy,
      approvals: (valueOf('approvals.require') as string[] | undefined) ?? now.approvals,
      localPermissions: (valueOf('security.trustedPermissions') as string[] | undefined) ?? now.localPermissions,
      uses: (service) => !upstreams.removed.includes(service) && !isOff(service),
    };
  }
}

function isOn(entry: ServerEntry | undefined): boolean {
  return entry?.enabled ?? !(entry?.disabled ?? false);
}
