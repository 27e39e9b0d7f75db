import 'reflect-metadata';
import type { z } from 'zod';
import type { Action } from './caller.js';
import type { OperationContext } from './operation-context.js';

/** Hints for agents and people, as MCP defines them. Unset means the cautious answer. */
export interface OperationAnnotations {
  /** Changes nothing. */
  readOnly?: boolean;
  /** May destroy or overwrite what was there. */
  destructive?: boolean;
  /** A second identical call changes nothing more. */
  idempotent?: boolean;
  /** Reaches things outside the gateway's own services. */
  openWorld?: boolean;
}

/** The one declaration from which every door derives its view of an operation. */
export interface OperationOptions<I extends z.ZodObject = z.ZodObject, O extends z.ZodType = z.ZodType> {
  /** Lower-case words joined by `-`, or by `_` where people know it so; the operation's id is `<service>.<name>`. */
  name: string;
  /** Other names by which people know it. They can be called, and are listed nowhere. */
  aliases?: readonly string[];
  title?: string;
  /** One to three sentences that let an agent choose this operation and fill in its input. */
  description: string;
  input: I;
  output: O;
  /** What every call needs. */
  permission: Action;
  /** What these arguments need besides, asked once they are parsed. */
  argumentPermission?(input: z.output<I>): Action | undefined;
  annotations?: OperationAnnotations;
  /** What a call with these arguments would change: a line each, for the person who is asked to approve it. */
  touches?(input: z.output<I>): readonly string[];
  /** Nothing that hides is taken out of its answers: callers write back what they read. */
  verbatim?: true;
  /** How long a call may take, in milliseconds, where the work is longer than `DEFAULT_TIMEOUT_MS` allows. */
  deadlineMs?: number;
  /**
   * Slash patterns after `/mcp-<service>`: plain words, `<required>` and `[optional]` arguments, and `<rest...>`, which
   * takes all words that are left. Without one, the name and the required fields in their order.
   */
  slash?: string | readonly string[];
  /** MCP tool name, where it is not `service_operation`. */
  tool?: string;
}

/** The method that an operation's declaration asks for. */
export type OperationMethod<I extends z.ZodObject, O extends z.ZodType> = (
  input: z.output<I>,
  context: OperationContext,
) => z.input<O> | Promise<z.input<O>>;

/** A call that an operation asks for in its place. */
export interface ToolCall {
  tool: string;
  arguments: Record<string, unknown>;
}

/**
 * An operation that only passes a call on. Its method answers which tool is to be called instead, and the gateway runs
 * that one as the call: with its permission, its limits, its line in the audit and its result. `permission` is then what
 * one needs to see the operation; `output` tells what such results look like.
 */
interface ForwardingOptions<I extends z.ZodObject, O extends z.ZodType> extends OperationOptions<I, O> {
  forwards: true;
}

type ForwardingMethod<I extends z.ZodObject> = (input: z.output<I>) => ToolCall;

type DecoratorOf<Allowed> = <M extends Allowed>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/** Keeps the types of a declaration that stands apart from its method. */
export function declare<I extends z.ZodObject, O extends z.ZodType>(
  options: OperationOptions<I, O>,
): OperationOptions<I, O> {
  return options;
}

interface Declared {
  input: z.ZodObject;
  output: z.ZodType;
}

/** What the method of a declaration is given. */
export type InputOf<D extends Declared> = z.output<D['input']>;

/** What the method of a declaration answers. */
export type OutputOf<D extends Declared> = z.input<D['output']>;

const OPERATION = Symbol('mcp:operation');

/**
 * Declares a method as an operation. The method's input and result types are bound to the schemas: a method that does
 * not fit its declaration does not compile.
 */
export function Operation<I extends z.ZodObject, O extends z.ZodType>(
  options: ForwardingOptions<I, O>,
): DecoratorOf<ForwardingMethod<I>>;
export function Operation<I extends z.ZodObject, O extends z.ZodType>(
  options: OperationOptions<I, O>,
): DecoratorOf<OperationMethod<I, O>>;
export function Operation(options: OperationOptions) {
  return (_target: object, _key: string | symbol, descriptor: PropertyDescriptor): void => {
    if (descriptor.value) Reflect.defineMetadata(OPERATION, options, descriptor.value as object);
  };
}

/** What `@Operation` recorded on a method, if it did. */
export function operationOf(method: object): (OperationOptions & { forwards?: true }) | undefined {
  return Reflect.getMetadata(OPERATION, method) as (OperationOptions & { forwards?: true }) | undefined;
}
