import type { Command } from 'commander';
import { operationNamed, servicesOf, type Schema } from '../catalog.js';
import type { Envelope } from '../envelope.js';
import type { Printer } from '../printer.js';
import type { AddCommands } from '../session.js';

interface ListOptions {
  readonly service?: string;
}

interface Hit {
  readonly name: string;
  readonly service: string;
  readonly description: string;
}

export const addTools: AddCommands = (program, open) => {
  const tools = program.command('tools').description('What you may call');
  tools
    .command('list', { isDefault: true })
    .description('Lists the operations that you may use')
    .option('--service <name>', 'only those of one service')
    .action(async ({ service }: ListOptions, command: Command) => {
      const { gateway, printer } = open(command);
      const services = (await servicesOf(gateway)).filter(({ name }) => service === undefined || name === service);
      printer.result(services, () => {
        const rows = services.flatMap(({ status, operations }) =>
          operations.map(({ id, permission, tokenCost, description }) => [
            id,
            permission,
            status,
            tokenCost,
            firstSentence(description),
          ]),
        );
        printer.table(['operation', 'needs', 'state', 'tokens', 'what it does'], rows, 'Nothing that you may use.');
      });
    });
  tools
    .command('search')
    .description('Finds operations by what they do')
    .argument('<words...>')
    .action(async (words: string[], _options, command: Command) => {
      const { gateway, printer } = open(command);
      const answer = await gateway.post<Envelope>('/api/services/gateway/search_tools', 'metadata', {
        query: words.join(' '),
      });
      printer.result(answer.data as { tools: readonly Hit[] }, ({ tools: hits }) =>
        printer.table(
          ['tool', 'what it does'],
          hits.map(({ name, description }) => [name, description]),
          'Nothing fits.',
        ),
      );
    });
  tools
    .command('show')
    .description('Shows one operation with its arguments')
    .argument('<operation>')
    .action(async (name: string, _options, command: Command) => {
      const { gateway, printer } = open(command);
      const { operation } = await operationNamed(gateway, name);
      printer.result(operation, ({ id, tool, permission, slash, tokenCost, description, inputSchema }) => {
        printer.styled(printer.style('bold', id));
        printer.line(description);
        printer.line();
        printer.line(`tool: ${tool}   needs: ${permission}   definition: ${tokenCost} tokens`);
        if (slash) printer.line(slash);
        printer.line();
        showArguments(printer, inputSchema);
      });
    });
};

function showArguments(printer: Printer, { properties = {}, required = [] }: Schema): void {
  const rows = Object.entries(properties).map(([name, schema]) => [
    required.includes(name) ? `${name} *` : name,
    typeText(schema),
    schema.default === undefined ? null : JSON.stringify(schema.default),
    schema.description,
  ]);
  printer.table(['argument', 'type', 'default', 'what it is'], rows, 'It takes no arguments.');
}

function typeText({ type, enum: values, anyOf }: Schema): string {
  if (values) return values.map(String).join('|');
  if (anyOf) return anyOf.map(typeText).join('|');
  return [type ?? 'any'].flat().join('|');
}

function firstSentence(text: string): string {
  return /^.+?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
}
