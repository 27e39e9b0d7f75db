import { findProgram } from '#libs/processes';

interface KnownServer {
  readonly command: string;
  readonly args: readonly string[];
  readonly description: string;
  /** How long its calls may take, where the config says nothing. */
  readonly timeoutMs?: number;
  /** What it needs besides where the gateway runs it, as this machine is. */
  readonly atGateway?: () => readonly string[];
}

/**
 * Servers that work best beside the agent, on its own machine: the catalog tells how to start them there, and one word in
 * the config, `"enabled": true`, makes the gateway run them itself.
 */
export const knownServers: ReadonlyMap<string, KnownServer> = new Map([
  [
    'playwright',
    {
      ...npx('@playwright/mcp@latest', 'Drives a browser: opens pages, clicks, types, and reads what is there.', [
        '--headless',
      ]),
      // a page may take as long as it does in a browser
      timeoutMs: 60_000,
      atGateway: browserArgs,
    },
  ],
  ['shadcn', npx('shadcn@latest', 'Finds and adds components of shadcn/ui and other registries.', ['mcp'])],
  ['magicui', npx('@magicuidesign/mcp@latest', 'Finds animated components of Magic UI for React.', [])],
  [
    'taskmaster',
    npx('task-master-ai', 'Plans a project: turns its requirements into tasks and keeps track of them.', []),
  ],
]);

/** How people start a known server on their own machine. */
export function installLine({ command, args }: KnownServer): string {
  return [command, ...args].join(' ');
}

function npx(name: string, description: string, args: readonly string[]): KnownServer {
  return { command: 'npx', args: ['-y', name, ...args], description };
}

/**
 * Without them Playwright wants Google's Chrome. Chromium's own sandbox can't be made within the one of the gateway, nor by
 * root.
 */
function browserArgs(): string[] {
  const chromium = findProgram('chromium') ?? findProgram('chromium-browser');
  return ['--isolated', '--no-sandbox', ...(chromium === undefined ? [] : ['--executable-path', chromium])];
}
