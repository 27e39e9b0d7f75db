import 'reflect-metadata';
import type { z } from 'zod';
import type { Caller } from './caller.js';

/** One message of a conversation that a prompt begins. */
export interface PromptMessage {
  role: 'user' | 'assistant';
  text: string;
}

export interface PromptOptions<A extends z.ZodObject = z.ZodObject> {
  /** Lower-case words joined by `-`; clients see `<service>_<name>`. */
  name: string;
  title?: string;
  /** What the prompt leads to, in a sentence that lets a person choose it. */
  description: string;
  /** Texts and choices of texts, since clients send nothing else. */
  arguments: A;
}

/** The method that a prompt's declaration asks for. */
type PromptMethod<A extends z.ZodObject> = (
  input: z.output<A>,
  context: { caller: Caller },
) => PromptMessage[] | Promise<PromptMessage[]>;

const PROMPT = Symbol('mcp:prompt');

/** Declares a method as a prompt: a way to begin that people choose, offered to whoever may use some of the service. */
export function Prompt<A extends z.ZodObject>(options: PromptOptions<A>) {
  return <M extends PromptMethod<A>>(
    _target: object,
    _key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    if (descriptor.value) Reflect.defineMetadata(PROMPT, options, descriptor.value);
  };
}

/** What `@Prompt` recorded on a method, if it did. */
export function promptOf(method: object): PromptOptions | undefined {
  return Reflect.getMetadata(PROMPT, method) as PromptOptions | undefined;
}
