import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { ApprovalEvents } from './approvals/approval-events.js';
import { ApprovalOutcomes } from './approvals/approval-outcomes.js';
import { ApprovalRetention } from './approvals/approval-retention.js';
import { ApprovalRows } from './approvals/approval-rows.js';
import { ApprovalRules } from './approvals/approval-rules.js';
import { Approvals } from './approvals/approvals.js';
import { ExactTexts } from './approvals/exact-texts.js';
import { CallStanding } from './approvals/call-standing.js';
import { ApprovalAnswers } from './approvals/approval-answers.js';
import { WaitingApprovals } from './approvals/waiting-approvals.js';
import { SlackAnswers } from './approvals/slack/slack-answers.js';
import { SlackCallbacks } from './approvals/slack/slack-callbacks.js';
import { SlackPosts } from './approvals/slack/slack-posts.js';
import { SlackQuestions } from './approvals/slack/slack-questions.js';
import { CallEvents } from './call-events.js';
import { CallRecorder } from './call-recorder.js';
import { CallStatistics } from './call-statistics.js';
import { CallsInFlight } from './calls-in-flight.js';
import { GatewayStatistics } from './gateway-statistics.js';
import { GuardrailsModule } from './guardrails/guardrails.module.js';
import { OpenConnections } from './open-connections.js';
import { OperationExecutor } from './operation-executor.js';
import { RevokedCalls } from './revoked-calls.js';
import { ResultsModule } from './results/results.module.js';

@Module({
  imports: [AccessModule, GuardrailsModule, ObservabilityModule, ResultsModule, ThrottlingModule],
  providers: [
    ApprovalAnswers,
    ApprovalEvents,
    ApprovalOutcomes,
    ApprovalRetention,
    ApprovalRows,
    ApprovalRules,
    Approvals,
    CallStanding,
    ExactTexts,
    SlackAnswers,
    SlackCallbacks,
    SlackPosts,
    SlackQuestions,
    WaitingApprovals,
    CallEvents,
    CallRecorder,
    CallStatistics,
    CallsInFlight,
    GatewayStatistics,
    OpenConnections,
    OperationExecutor,
    RevokedCalls,
  ],
  exports: [
    ApprovalAnswers,
    Approvals,
    CallEvents,
    CallStatistics,
    CallsInFlight,
    ExactTexts,
    GatewayStatistics,
    GuardrailsModule,
    OpenConnections,
    OperationExecutor,
    SlackAnswers,
    SlackCallbacks,
  ],
})
export class ExecutionModule {}
