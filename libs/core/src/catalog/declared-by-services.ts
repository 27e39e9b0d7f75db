import type { Type } from '@nestjs/common';
import {
  mcpServiceOf,
  StartError,
  type McpServiceOptions,
  type SettingsClass,
  type StoreMigrationClass,
} from '#libs/kit';
import { refusals } from './catalog.messages.js';

/** The settings that services declare, read from their modules before anything is instantiated. */
export function settingsOfServices(modules: readonly Type[]): SettingsClass[] {
  return declaredBy(modules).flatMap(({ settings }) => settings ?? []);
}

/** The migrations of the tables that services keep in the store. */
export function migrationsOfServices(modules: readonly Type[]): StoreMigrationClass[] {
  return declaredBy(modules).flatMap(({ migrations }) => migrations ?? []);
}

function declaredBy(modules: readonly Type[]): McpServiceOptions[] {
  return modules.flatMap((module) => {
    const providers = (Reflect.getMetadata('providers', module) ?? []) as unknown[];
    const declared = providers.flatMap((provider) =>
      typeof provider === 'function' ? (mcpServiceOf(provider) ?? []) : [],
    );
    if (declared.length === 0) throw new StartError(refusals.noService(module.name));
    return declared;
  });
}
