import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ADMIN_KEY, sendTo, startGateway, type StartOptions, type TestGateway } from '../gateway.js';

/** The 5xx that are answers: what is behind the gateway is away, not set up, or too slow. */
const ANSWERS: readonly number[] = [502, 503, 504];
const ALIVE_WITHIN_MS = 1_000;

/** What no answer holds, unless its request did. */
const leaks: [what: string, pattern: RegExp][] = [
  ['a stack', /(?:\n|\\n)\s+at \S|node:internal|\.[cm]?[jt]s:\d+:\d+/],
  ['a path of the server', /\/node_modules\/|\/libs\/\w+\/src\/|\/proc\/\d+|\/tmp\/gateway-/],
  ['a URL with a password', /\b[a-z][a-z+.-]*:\/\/[^\s:/@"\\]*:[^\s/@"\\]+@/i],
  ['an error of ours', /"code":-32603\b|"kind":"internal"/],
];

/** A gateway whose answers are held to what must hold after any input. */
export interface WatchedGateway extends TestGateway {
  /** Takes what the gateway said in another way than as an answer to `send`. What was asked may come back in it. */
  heard(said: string, asked?: string): void;
  /** What was wrong with all that was heard since the last call. */
  faults(): string[];
}

/** Starts a gateway that is watched: none of its answers may hold a stack, a path, or one of its secrets. */
export async function startWatched({
  secrets = [],
  ...options
}: StartOptions & { secrets?: readonly string[] } = {}): Promise<WatchedGateway> {
  let hidden: readonly string[] = [ADMIN_KEY, process.cwd(), ...secrets];
  let faults: string[] = [];
  const heard = (said: string, asked = '') => {
    const found = leaks.filter(([, pattern]) => pattern.test(said) && !pattern.test(asked)).map(([what]) => what);
    const told = hidden.filter((secret) => said.includes(secret) && !asked.includes(secret));
    for (const what of [...found, ...told]) faults.push(`${what} in ${said.slice(0, 2_000)}`);
  };
  const gateway = await startGateway({
    ...options,
    hear: ({ status, headers, text }, { method = 'GET', path = '/', body = '' }) => {
      if (status >= 500 && !ANSWERS.includes(status)) faults.push(`${status} for ${method} ${path}: ${text}`);
      // whoever may read the settings reads the paths in them
      const known = path.startsWith('/config') ? gateway.directory : '';
      heard(`${JSON.stringify(headers)}\n${text}`, `${path}\n${body.toString()}\n${known}`);
    },
  });
  const ofDirectory = readFileSync(join(options.env?.DATA_DIR ?? gateway.directory, 'secret.key'), 'utf8').trim();
  hidden = [...hidden, gateway.directory, ofDirectory];
  return Object.assign(gateway, {
    heard,
    faults: () => {
      const found = faults;
      faults = [];
      return found;
    },
  });
}

/** After any input: alive, no 5xx, and nothing given away. For `afterEach`. */
export async function expectUnharmed(gateway: WatchedGateway): Promise<void> {
  expect(gateway.faults()).toEqual([]);
  // a second try, for machines that have much else to do
  expect((await isAlive(gateway)) || (await isAlive(gateway))).toBe(true);
}

async function isAlive({ url }: TestGateway): Promise<boolean> {
  const since = performance.now();
  const { status } = await sendTo(url, { path: '/health' });
  return status === 200 && performance.now() - since < ALIVE_WITHIN_MS;
}
