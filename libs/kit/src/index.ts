export { BackgroundCalls, backgroundStates, type BackgroundReport, type BackgroundState } from './background-calls.js';
export { CallHistory, type PastCall } from './call-history.js';
export { actions, type Action, type Caller, type CallerBudget, type DoorName } from './caller.js';
export type { CancelSignal } from './cancel-signal.js';
export type { HttpRequest, HttpResponse } from './http-exchange.js';
export { isHostHeader } from './host-name.js';
export { isUrl } from './is-url.js';
export { ContainerQuestions, type ContainerQuestion } from './container-questions.js';
export { EmbeddedDatabases, type EmbeddedDatabase } from './embedded-databases.js';
export { GatewayFacts, limitNames, type LimitFacts, type ServiceFacts } from './gateway-facts.js';
export { MCP_SERVICE, McpService, mcpServiceOf, type McpServiceOptions } from './mcp-service.decorator.js';
export {
  declare,
  Operation,
  operationOf,
  type InputOf,
  type OperationAnnotations,
  type OperationOptions,
  type OutputOf,
  type ToolCall,
} from './operation.decorator.js';
export type { MetricsHistoryPoint, MetricsReport } from './metrics-report.js';
export type { OperationContext, OperationLog } from './operation-context.js';
export { invalidField, OperationError, type ErrorDetails, type ErrorKind, type InputIssue } from './operation-error.js';
export { exactJson } from './exact-json.js';
export { endOfString, nestsDeeperThan } from './json-depth.js';
export { readLean } from './lean-reads.js';
export { PrivatePlaces } from './private-places.js';
export { Prompt, promptOf, type PromptMessage, type PromptOptions } from './prompt.decorator.js';
export { reachesBackEnds, type ReachesBackEnds } from './reaches-back-ends.js';
export {
  liveRooms,
  type AlertEvent,
  type CallStep,
  type CallSteps,
  type ClientToServerEvents,
  type LiveEventMap,
  type LiveRoom,
  type LogEvent,
  type RealtimeAck,
  type RealtimeAnswer,
  type RealtimeError,
  type RealtimeEvents,
  type RealtimeMessages,
  type ServerToClientEvents,
  type ToolCallResult,
  type ToolExecuted,
  type UpstreamEvent,
  type Welcome,
} from './realtime.js';
export { Redaction } from './redaction.js';
export { reportsPools, type PoolReport, type ReportsPools } from './reports-pools.js';
export { resolvesArguments, type ResolvesArguments } from './resolves-arguments.js';
export { ServiceStore, type Sql, type StoreMigration, type StoreMigrationClass } from './service-store.js';
export { reportsStatus, type ReportsStatus, type ServiceStatus } from './service-status.js';
export {
  setting,
  settingFamily,
  settings,
  value,
  type Setting,
  type SettingFamily,
  type SettingsClass,
  type SettingsShape,
} from './settings.js';
export { currentTraceparent, isTraced, traceparentOf, withinSpan } from './span.js';
export { StartError } from './start-error.js';
export { StoredResults, type Asking, type KeptRows, type ResultPage } from './stored-results.js';
export { ToolSearch, type FoundTool, type ToolDescription } from './tool-search.js';
export { afterReading, TurnBatch } from './turn-batch.js';
export { WorkspaceFiles, type WorkspaceFile } from './workspace-files.js';
