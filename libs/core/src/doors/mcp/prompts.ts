import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import type { CatalogPrompt } from '../../catalog/catalog-entry.js';
import { Catalog } from '../../catalog/catalog.js';
import { invalidInput } from '../../execution/input-issues.js';
import { iconsOf } from './icons.js';
import { badParams } from './mcp-refusal.js';

/** The prompts of the services of which a caller may use anything. */
@Injectable()
export class Prompts {
  constructor(private readonly catalog: Catalog) {}

  list(caller: Caller, icons: boolean) {
    return this.catalog.visibleTo(caller).flatMap(({ prompts, icon }) =>
      prompts.map(({ name, title, description, arguments: all }) => ({
        name,
        ...(title !== undefined && { title }),
        description,
        arguments: all.map(({ name, description, required }) => ({ name, description, required })),
        ...(icons && iconsOf(icon)),
      })),
    );
  }

  /** Throws -32602 for an unknown prompt and for bad arguments. */
  async get(name: string, given: Record<string, unknown>, caller: Caller) {
    const prompt = this.find(name, caller);
    if (!prompt) throw badParams(`There is no prompt ${JSON.stringify(name.slice(0, 80))}; prompts/list names them`);
    const parsed = prompt.input.safeParse(given);
    if (!parsed.success) {
      const { message, details } = invalidInput(parsed.error, given);
      throw badParams(message, details);
    }
    const messages = await prompt.run(parsed.data, { caller });
    return {
      description: prompt.description,
      messages: messages.map(({ role, text }) => ({ role, content: { type: 'text', text } })),
    };
  }

  /** Values of an argument that is a choice. */
  complete(name: string, argument: string, typed: string, caller: Caller): string[] {
    const found = this.find(name, caller)?.arguments.find((candidate) => candidate.name === argument);
    return (found?.values ?? []).filter((value) => value.startsWith(typed));
  }

  private find(name: string, caller: Caller): CatalogPrompt | undefined {
    return this.visibleTo(caller).find((prompt) => prompt.name === name);
  }

  private visibleTo(caller: Caller): CatalogPrompt[] {
    return this.catalog.visibleTo(caller).flatMap(({ prompts }) => prompts);
  }
}
