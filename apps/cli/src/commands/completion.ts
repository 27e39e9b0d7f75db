import { Argument, type Command } from 'commander';
import { completionsOf } from '../completion/completions.js';
import { scriptFor, shells, type Shell } from '../completion/scripts.js';
import type { AddCommands } from '../session.js';

export const addCompletion: AddCommands = (program, open) => {
  program
    .command('completion')
    .description('Prints a script that teaches a shell to complete: source <(mcp-gateway completion bash)')
    .addArgument(new Argument('<shell>').choices(shells))
    .action((shell: Shell, _options, command: Command) => {
      open(command).printer.line(scriptFor(shell));
    });
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[], _options, command: Command) => {
      const { gateway, printer } = open(command);
      for (const each of await completionsOf(program, gateway, words)) printer.line(each);
    });
};
