import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { addApprovals } from './commands/approvals.js';
import { addAudit } from './commands/audit.js';
import { addCall } from './commands/call.js';
import { addCompletion } from './commands/completion.js';
import { addConnect } from './commands/connect.js';
import { addDoctor } from './commands/doctor.js';
import { addKeys } from './commands/keys.js';
import { addLine, withLineCommand } from './commands/line.js';
import { addLogs } from './commands/logs.js';
import { addStdio } from './commands/stdio.js';
import { addTools } from './commands/tools.js';
import { addUpstreams } from './commands/upstreams.js';
import { DEFAULT_URL } from './connection.js';
import { exitCodes, Failure } from './failure.js';
import { Printer } from './printer.js';
import { sessionsAt, type AddCommands } from './session.js';
import type { Terminal } from './terminal.js';

const { version } = createRequire(import.meta.url)('#package.json') as { version: string };

const commands: readonly AddCommands[] = [
  addCall,
  addLine,
  addTools,
  addKeys,
  addUpstreams,
  addApprovals,
  addAudit,
  addLogs,
  addDoctor,
  addConnect,
  addStdio,
  addCompletion,
];

/** Runs one command line; answers the exit code. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await programAt(terminal).parseAsync(withLineCommand(args), { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error instanceof Failure) return tell(error, new Printer(terminal, args.includes('--json')));
    throw error;
  }
}

function programAt(terminal: Terminal): Command {
  const program = new Command('mcp-gateway')
    .description('Calls tools through an MCP gateway, and administers it.')
    .usage('[options] <command>\n       mcp-gateway /mcp-<service> <words> [--flag=value] [{json}]')
    .version(version, '-V, --version')
    .option('--url <address>', `address of the gateway (MCP_GATEWAY_URL; else ${DEFAULT_URL})`)
    .option('--key-file <path>', 'file that holds your key (MCP_GATEWAY_KEY_FILE; or the key in MCP_GATEWAY_KEY)')
    .option('--json', 'answer as JSON, for programs')
    .showHelpAfterError('(mcp-gateway --help lists the commands)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
  for (const add of commands) add(program, sessionsAt(terminal));
  return program;
}

function tell({ outcome, message, advice, answer }: Failure, printer: Printer): number {
  if (printer.json) {
    const told = answer ?? { status: 'error', error: { kind: outcome, message, ...(advice && { advice }) } };
    printer.result(told, () => undefined);
  } else {
    printer.error(`mcp-gateway: ${message}`);
    if (advice) printer.error(advice);
  }
  return exitCodes[outcome];
}
