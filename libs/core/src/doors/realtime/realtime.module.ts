import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.js';
import { AdminModule } from '../../admin/admin.module.js';
import { ExecutionModule } from '../../execution/execution.module.js';
import { MetricsModule } from '../../observability/metrics/metrics.module.js';
import { ThrottlingModule } from '../../throttling/throttling.module.js';
import { ApprovalMessages } from './approval-messages.js';
import { Clients } from './clients.js';
import { Conversation } from './conversation.js';
import { EventDelivery } from './event-delivery.js';
import { Introduction } from './introduction.js';
import { KeyMessages } from './key-messages.js';
import { MessageTable } from './message-table.js';
import { MetricsFeed } from './metrics-feed.js';
import { PlainServer } from './plain-server.js';
import { RealtimeDoor } from './realtime-door.js';
import { ReplicaEvents } from './replica-events.js';
import { RoomAccess } from './room-access.js';
import { SocketAccess } from './socket-access.js';
import { SocketIoServer } from './socket-io-server.js';
import { Subscriptions } from './subscriptions.js';
import { ToolCalls } from './tool-calls.js';

@Module({
  imports: [AccessModule, AdminModule, ExecutionModule, MetricsModule, ThrottlingModule],
  providers: [
    ApprovalMessages,
    Clients,
    Conversation,
    EventDelivery,
    Introduction,
    KeyMessages,
    MessageTable,
    MetricsFeed,
    PlainServer,
    RealtimeDoor,
    ReplicaEvents,
    RoomAccess,
    SocketAccess,
    SocketIoServer,
    Subscriptions,
    ToolCalls,
  ],
  exports: [RealtimeDoor],
})
export class RealtimeModule {}
