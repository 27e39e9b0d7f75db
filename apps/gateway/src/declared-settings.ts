import type { Type } from '@nestjs/common';
import {
  AccessSettings,
  AlertsSettings,
  ApprovalsSettings,
  AuditSettings,
  BackgroundSettings,
  GuardrailsSettings,
  JwtSettings,
  LogSettings,
  MetricsSettings,
  PolicySettings,
  RealtimeSettings,
  ReplicasSettings,
  ResultsSettings,
  ServerSettings,
  settingsOfServices,
  SlackSettings,
  StoreSettings,
  ThrottlingSettings,
  ToolsetSettings,
  TracesSettings,
  UpstreamsSettings,
} from '#libs/core';
import type { SettingsClass } from '#libs/kit';
import { OutboundSettings } from '#libs/outbound';
import { services as allServices } from '#libs/services';

/** All that a config file of the gateway may hold. */
export function declaredSettings(services: readonly Type[] = allServices): SettingsClass[] {
  return [
    ServerSettings,
    AccessSettings,
    PolicySettings,
    JwtSettings,
    StoreSettings,
    ReplicasSettings,
    LogSettings,
    MetricsSettings,
    AlertsSettings,
    ApprovalsSettings,
    SlackSettings,
    GuardrailsSettings,
    RealtimeSettings,
    ResultsSettings,
    ThrottlingSettings,
    ToolsetSettings,
    AuditSettings,
    BackgroundSettings,
    OutboundSettings,
    TracesSettings,
    UpstreamsSettings,
    ...settingsOfServices(services),
  ];
}
