import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { ROUTE_ACCESS, type RouteAccess } from '../libs/core/src/access/access.decorator.js';
import type { TestGateway } from './gateway.js';

export interface Route {
  method: string;
  path: string;
  /** `a or b` where one of both is enough. */
  access: string | undefined;
}

/** What controllers declare. */
export function declaredRoutes({ gateway }: TestGateway): Route[] {
  const discovery = new DiscoveryService(gateway.app.get(ModulesContainer));
  const scanner = new MetadataScanner();
  const read = (key: string, of: object): any => Reflect.getMetadata(key, of);
  return discovery.getControllers().flatMap(({ metatype }) => {
    const prototype = (metatype as { prototype: Record<string, object> }).prototype;
    return scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name]!;
      const method: RequestMethod | undefined = read(METHOD_METADATA, handler);
      if (method === undefined) return [];
      const prefixes: string[] = [read(PATH_METADATA, metatype as object) ?? ''].flat();
      const paths: string[] = [read(PATH_METADATA, handler) ?? ''].flat();
      const declared: RouteAccess[] | undefined = read(ROUTE_ACCESS, handler) ?? read(ROUTE_ACCESS, metatype as object);
      const access = declared?.join(' or ');
      return prefixes.flatMap((prefix) =>
        paths.map((path) => ({ method: RequestMethod[method], path: joined(prefix, path), access })),
      );
    });
  });
}

function joined(...parts: string[]): string {
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`;
}
