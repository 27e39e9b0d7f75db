import { applyDecorators, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { StoreMigrationClass } from './service-store.js';
import type { SettingsClass } from './settings.js';

export interface McpServiceOptions {
  /** Lower-case words joined by `-`. */
  name: string;
  version: string;
  description: string;
  /** Where the work is done: in this process, or on the agent's own machine. */
  location: 'server' | 'local';
  /** Its picture in one colour, which clients of MCP show: the path of an SVG of 24 × 24, as its `d` has it. */
  icon?: string;
  /** The variables that this service reads; the class can be injected. */
  settings?: SettingsClass;
  /** Of the tables that it keeps in the gateway's store (`ServiceStore`), the oldest first. */
  migrations?: readonly StoreMigrationClass[];
}

const mark = DiscoveryService.createDecorator<McpServiceOptions>();

/** Declares a class as a service: an injectable whose `@Operation` methods the catalog finds. */
export function McpService(options: McpServiceOptions): ClassDecorator {
  return applyDecorators(Injectable(), mark(options));
}

/** The metadata key by which services are discovered. */
export const MCP_SERVICE = mark.KEY;

/** What `@McpService` recorded on a class, if it did. */
export function mcpServiceOf(type: object): McpServiceOptions | undefined {
  return Reflect.getMetadata(MCP_SERVICE, type) as McpServiceOptions | undefined;
}
