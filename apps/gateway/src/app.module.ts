import { Module, type DynamicModule, type Type } from '@nestjs/common';
import {
  AccessModule,
  AdminModule,
  AlertsModule,
  BackgroundModule,
  CatalogModule,
  CommandsModule,
  ConfigModule,
  DashboardModule,
  EdgeModule,
  ExecutionModule,
  HealthModule,
  LiveModule,
  LogsModule,
  McpRoutesModule,
  MetricsModule,
  migrationsOfServices,
  PolicyModule,
  ReplicasModule,
  RestModule,
  RpcRoutesModule,
  ServerSettings,
  StoreModule,
  UpstreamsModule,
  type Configuration,
  type GatewayVersion,
  type Log,
  type Redactor,
} from '#libs/core';
import { OutboundModule } from '#libs/outbound';
import { ProcessesModule } from '#libs/processes';

const doors: Record<string, Type> = {
  mcp: McpRoutesModule,
  rpc: RpcRoutesModule,
  commands: CommandsModule,
  rest: RestModule,
};

/** The whole gateway. Only here do core and the services meet. */
@Module({})
export class AppModule {
  static of(
    settings: Configuration,
    version: GatewayVersion,
    log: Log,
    redactor: Redactor,
    services: readonly Type[],
    page: string,
  ): DynamicModule {
    const { doors: open } = settings.get(ServerSettings) as ServerSettings;
    return {
      module: AppModule,
      imports: [
        ConfigModule.of(settings, version),
        LogsModule.of(log, redactor),
        LiveModule,
        OutboundModule,
        ProcessesModule,
        StoreModule.with(migrationsOfServices(services)),
        ReplicasModule,
        PolicyModule,
        AccessModule,
        UpstreamsModule,
        CatalogModule,
        ExecutionModule,
        BackgroundModule,
        EdgeModule,
        AdminModule,
        HealthModule,
        MetricsModule,
        AlertsModule,
        ...Object.entries(doors).flatMap(([name, door]) => (open.includes(name) ? door : [])),
        ...(open.includes('dashboard') ? [DashboardModule.of(page)] : []),
        ...services,
      ],
    };
  }
}
