import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { invalidField, StartError, type Caller } from '#libs/kit';
import { CompiledPolicy } from '../access/policy/compiled-policy.js';
import { soleName } from '../access/policy/operation-pattern.js';
import { PolicySettings } from '../access/policy/policy.settings.js';
import { Policy } from '../access/policy/policy.js';
import type { PolicyDocument } from '../access/policy/policy-document.js';
import { Catalog } from '../catalog/catalog.js';
import { canonical } from '../catalog/names.js';
import { ConfigReload } from '../config/config-reload.js';
import { RuntimeConfig } from '../config/runtime-config.js';
import { conflict } from '../errors/protocol-error.js';

/** What must hold of a policy besides its form, before it takes the place of another one. */
@Injectable()
export class PolicyReview implements OnApplicationBootstrap {
  constructor(
    private readonly catalog: Catalog,
    private readonly policy: Policy,
    private readonly settings: PolicySettings,
    private readonly reload: ConfigReload,
    private readonly runtime: RuntimeConfig,
  ) {}

  /** A name that is mistyped in a rule that denies would leave open what it should close. */
  onApplicationBootstrap(): void {
    const mistake = this.mistakeIn(this.settings.policies);
    if (mistake !== undefined) throw new StartError(`policies (MCP_POLICIES): ${mistake}`);
    const refusalOf = (value: unknown) => this.mistakeIn(value as PolicyDocument);
    this.reload.take('policies', { refusalOf });
    this.runtime.review('policies', refusalOf);
  }

  /**
   * Throws `forbidden` for a changer who does not hold everything, since a policy can give everything; `invalid` for
   * operations that don't exist; a conflict where the changer would be no admin any more.
   */
  requireChangeable(after: PolicyDocument, caller: Caller): void {
    this.policy.requireGrantable(caller, { ...caller, permissions: ['*'] });
    const mistake = this.mistakeIn(after);
    if (mistake !== undefined) throw invalidField('policies', 'operations that exist', mistake);
    const { kind } = new CompiledPolicy(after).verdictOnAction(caller, 'admin');
    if (kind === 'allowed') return;
    throw conflict('policies would no longer let you use the administration, and lock you out');
  }

  private mistakeIn({ rules, roles }: PolicyDocument): string | undefined {
    const named = [
      ...rules.flatMap(({ name, operations }) => operations.map((each) => ({ where: `the rule ${name}`, each }))),
      ...Object.entries(roles).flatMap(([name, held]) => held.map((each) => ({ where: `the role ${name}`, each }))),
    ];
    const unknown = named.find(({ each }) => !this.mayExist(each));
    return unknown && `${unknown.where} names ${unknown.each}, which is no operation`;
  }

  /** What belongs to no service of the gateway's own may be an upstream's that comes later. */
  private mayExist(pattern: string): boolean {
    const name = soleName(pattern);
    if (name === undefined) return true;
    const [service = '', operation] = name.split('.');
    if (operation !== undefined) return !this.catalog.isDeclared(service) || this.catalog.known(name) !== undefined;
    return name.includes('__') || this.catalog.isTool(canonical(name));
  }
}
