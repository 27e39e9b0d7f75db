import type { Type } from '@nestjs/common';
import { mcpServiceOf, type SettingsClass, StartError } from '#libs/kit';
import { refusals } from './catalog.messages.js';

/** The settings that services declare, read from their modules before anything is instantiated. */
export function settingsOfServices(modules: readonly Type[]): SettingsClass[] {
  return modules.flatMap((module) => {
    const providers = (Reflect.getMetadata('providers', module) ?? []) as unknown[];
    const declared = providers.flatMap((provider) =>
      typeof provider === 'function' ? (mcpServiceOf(provider) ?? []) : [],
    );
    if (declared.length === 0) throw new StartError(refusals.noService(module.name));
    return declared.flatMap(({ settings }) => settings ?? []);
  });
}
