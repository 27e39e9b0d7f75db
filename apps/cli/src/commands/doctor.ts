import type { Command } from 'commander';
import { checksOf, type Finding } from '../doctor/checks.js';
import { Failure } from '../failure.js';
import type { AddCommands } from '../session.js';

const marks = { good: '✓', note: '·', warning: '!', bad: '✗' } as const;
const styles = { good: 'green', note: 'dim', warning: 'yellow', bad: 'red' } as const;

export const addDoctor: AddCommands = (program, open) => {
  program
    .command('doctor')
    .description('Looks whether all is well, and says what to do where it is not')
    .action(async (_options, command: Command) => {
      const { gateway, printer } = open(command);
      const findings: Finding[] = [];
      for await (const finding of checksOf(gateway)) {
        findings.push(finding);
        if (printer.json) continue;
        const { state, subject, text, advice } = finding;
        printer.styled(
          printer.style(styles[state], marks[state]),
          ' ',
          printer.style('bold', subject),
          `  ${printer.plain(text)}`,
        );
        if (advice) printer.line(`    ${advice}`);
      }
      const bad = findings.filter(({ state }) => state === 'bad');
      if (bad.length === 0) return printer.result(findings, () => undefined);
      const what = bad.map(({ subject }) => subject).join(', ');
      throw new Failure('failed', `Not well: ${what}`, undefined, findings);
    });
};
