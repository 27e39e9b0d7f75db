import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AccessModule } from '../access/access.module.js';
import { ExecutionModule } from '../execution/execution.module.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { AdministrationAudit } from './administration-audit.js';
import { AlertsModule } from '../observability/alerts/alerts.module.js';
import { AlertsController } from './alerts.controller.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApprovalsController } from './approvals.controller.js';
import { AuditController } from './audit.controller.js';
import { ConfigChangers } from './config-changers.js';
import { ConfigCodeController } from './config-code.controller.js';
import { ConfigController } from './config.controller.js';
import { IpBlocksController } from './ip-blocks.controller.js';
import { ConfigExport } from './config-export.js';
import { ConfigPlan } from './config-plan.js';
import { DecidingConfigs } from './deciding-configs.js';
import { DecisionReplay } from './decision-replay.js';
import { FoundKeys } from './found-keys.js';
import { KeyAdministration } from './key-administration.js';
import { PolicyController } from './policy.controller.js';
import { PolicyExplanation } from './policy-explanation.js';
import { PolicyReview } from './policy-review.js';
import { SlackController } from './slack.controller.js';
import { ShownApprovals } from './shown-approval.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { ToolsetsController } from './toolsets.controller.js';
import { TokensController } from './tokens.controller.js';
import { UpstreamsController } from './upstreams.controller.js';
import { UsageController } from './usage.controller.js';

@Module({
  imports: [AccessModule, AlertsModule, ExecutionModule, ObservabilityModule, ThrottlingModule],
  controllers: [
    AlertsController,
    ApiKeysController,
    ApprovalsController,
    AuditController,
    ConfigCodeController,
    ConfigController,
    IpBlocksController,
    PolicyController,
    SlackController,
    TokensController,
    ToolsetsController,
    UpstreamsController,
    UsageController,
  ],
  providers: [
    ConfigChangers,
    ConfigExport,
    ConfigPlan,
    DecidingConfigs,
    DecisionReplay,
    FoundKeys,
    KeyAdministration,
    PolicyExplanation,
    PolicyReview,
    ShownApprovals,
    { provide: APP_INTERCEPTOR, useClass: AdministrationAudit },
  ],
  exports: [KeyAdministration, ShownApprovals],
})
export class AdminModule {}
