import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { z } from 'zod';
import {
  MCP_SERVICE,
  mcpServiceOf,
  operationOf,
  promptOf,
  reachesBackEnds,
  resolvesArguments,
  reportsPools,
  reportsStatus,
  type OperationContext,
  type OperationOptions,
  StartError,
} from '#libs/kit';
import type { CatalogOperation, CatalogPrompt, CatalogService, JsonSchema } from './catalog-entry.js';
import { refusals } from './catalog.messages.js';
import { canonical, isOperationName, isServiceName, isToolName, toolNameOf } from './names.js';
import { readPrompt } from './prompt-reader.js';
import { serviceIcon } from './service-icon.js';

type Method = (input: unknown, context: OperationContext) => unknown;

interface FoundService {
  service: CatalogService;
  type: string;
  /** Of the operations, and of the prompts, in their order. */
  methods: string[];
  promptMethods: string[];
}

/** Finds what services declare, and stops the start where a declaration can't be kept. */
@Injectable()
export class CatalogExplorer {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Every service of the application, by name: the order in which they are found changes with what they inject. */
  explore(): CatalogService[] {
    const found = this.discovery
      .getProviders({ metadataKey: MCP_SERVICE })
      .map((wrapper) => this.readService(wrapper))
      .sort((one, other) => (one.service.name < other.service.name ? -1 : 1));
    refuseTwins(
      found.map(({ service, type }) => ({ name: service.name, where: type })),
      refusals.duplicateService,
    );
    const operations = found.flatMap(({ service, methods }) =>
      service.operations.map((operation, i) => ({ operation, where: methods[i] ?? service.name })),
    );
    refuseTwins(
      operations.flatMap(({ operation: { service, name, aliases }, where }) =>
        [name, ...aliases].map((each) => ({ name: canonical(`${service}.${each}`), where })),
      ),
      refusals.duplicateOperation,
    );
    refuseTwins(
      operations.map(({ operation, where }) => ({ name: operation.tool, where })),
      refusals.duplicateTool,
    );
    refuseTwins(
      found.flatMap(({ service, promptMethods }) =>
        service.prompts.map(({ name }, i) => ({ name, where: promptMethods[i] ?? service.name })),
      ),
      refusals.duplicatePrompt,
    );
    return found.map(({ service }) => service);
  }

  private readService(wrapper: InstanceWrapper): FoundService {
    const instance = wrapper.instance as object;
    const type = String(wrapper.name);
    const options = mcpServiceOf(wrapper.metatype as object);
    if (!options) throw new StartError(refusals.noService(type));
    // a request-scoped provider is found as a bare prototype, which would fail only when it is called
    if (!wrapper.isDependencyTreeStatic()) throw new StartError(refusals.requestScoped(type));
    if (!isServiceName(options.name)) throw new StartError(refusals.badServiceName(type, options.name));
    if (!options.description.trim()) throw new StartError(refusals.noServiceDescription(type));

    const prototype = Object.getPrototypeOf(instance) as Record<string, Method>;
    const methods: string[] = [];
    const operations: CatalogOperation[] = [];
    const promptMethods: string[] = [];
    const prompts: CatalogPrompt[] = [];
    for (const key of this.scanner.getAllMethodNames(prototype)) {
      const method = prototype[key];
      const prompt = method && promptOf(method);
      if (prompt) {
        promptMethods.push(`${type}.${key}`);
        prompts.push(readPrompt(`${type}.${key}`, options.name, prompt, instance, method as never));
      }
      const declared = method && operationOf(method);
      if (!method || !declared) continue;
      methods.push(`${type}.${key}`);
      operations.push(readOperation(`${type}.${key}`, options.name, declared, instance, method));
    }
    if (operations.length === 0) throw new StartError(refusals.noOperation(type));

    const { name, version, description, location, icon } = options;
    const status = () => (reportsStatus(instance) ? instance.serviceStatus() : { state: 'ready' as const });
    const pools = () => (reportsPools(instance) ? instance.poolReports() : []);
    const service = {
      ...{ name, version, description, location, operations, prompts, status, pools },
      ...(icon !== undefined && { icon: serviceIcon(icon) }),
    };
    return { service, type, methods, promptMethods };
  }
}

function readOperation(
  where: string,
  service: string,
  declared: NonNullable<ReturnType<typeof operationOf>>,
  instance: object,
  method: Method,
): CatalogOperation {
  const { name, aliases = [], description } = declared;
  const badName = [name, ...aliases].find((each) => !isOperationName(each));
  if (badName !== undefined) throw new StartError(refusals.badOperationName(where, badName));
  if (!description.trim()) throw new StartError(refusals.noOperationDescription(where));
  const tool = declared.tool ?? toolNameOf(service, name);
  if (!isToolName(tool)) throw new StartError(refusals.badToolName(where, tool));
  if (!(declared.input instanceof z.ZodObject)) throw new StartError(refusals.notAnObject(where, 'input'));

  const input = declared.input.strict();
  const inputSchema = jsonSchemaOf(where, 'input', input);
  return {
    id: `${service}.${name}`,
    service,
    name,
    aliases,
    tool,
    title: declared.title,
    description,
    permission: declared.permission,
    annotations: declared.annotations ?? {},
    patterns: patternsOf(declared, inputSchema),
    inputSchema,
    outputSchema: jsonSchemaOf(where, 'output', declared.output),
    input,
    argumentPermission: declared.argumentPermission?.bind(declared),
    touches: declared.touches?.bind(declared),
    backEnd: reachesBackEnds(instance) ? instance.backEndOf.bind(instance) : undefined,
    resolveArguments: resolvesArguments(instance) ? (given) => instance.resolveArguments(given, name) : undefined,
    verbatim: declared.verbatim ?? false,
    deadlineMs: declared.deadlineMs,
    forward: declared.forwards ? (method.bind(instance) as CatalogOperation['forward']) : undefined,
    run: method.bind(instance),
    definition: undefined,
  };
}

function patternsOf(declared: OperationOptions, inputSchema: JsonSchema): string[] {
  if (declared.slash !== undefined) return typeof declared.slash === 'string' ? [declared.slash] : [...declared.slash];
  const required = (inputSchema.required ?? []) as string[];
  return [[declared.name, ...required.map((field) => `<${field}>`)].join(' ')];
}

/** JSON Schema 2020-12 of what callers send and get; the same words that validation uses. */
function jsonSchemaOf(where: string, side: 'input' | 'output', schema: z.ZodType): JsonSchema {
  const json = toJsonSchema(where, side, schema);
  for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
    if (keyword in json) throw new StartError(refusals.topLevelChoice(where, side, keyword));
  }
  if (json.type !== 'object') throw new StartError(refusals.notAnObject(where, side));
  return json;
}

function toJsonSchema(where: string, side: 'input' | 'output', schema: z.ZodType): JsonSchema {
  try {
    const { $schema: _, ...json }: JsonSchema = { ...z.toJSONSchema(schema, { io: 'input' }) };
    return json;
  } catch (error) {
    throw new StartError(refusals.noJsonSchema(where, side, (error as Error).message));
  }
}

function refuseTwins(
  named: readonly { name: string; where: string }[],
  message: (where: string, name: string, other: string) => string,
): void {
  const seen = new Map<string, string>();
  for (const { name, where } of named) {
    const other = seen.get(name);
    if (other !== undefined) throw new StartError(message(where, name, other));
    seen.set(name, where);
  }
}
