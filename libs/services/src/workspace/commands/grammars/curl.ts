import { flag, number, readOptions, refusedWord, valued, type OptionTable, type ValueRule } from '../grammar.js';

const method: ValueRule = (value) =>
  /^(GET|HEAD)$/.test(value) ? undefined : 'GET or HEAD; api_call sends the others';
const header: ValueRule = (value) =>
  /^[\w-]+:[^\r\n\0]+$/.test(value) ? undefined : 'text such as "Accept: text/plain"';
const toFile = 'nothing is written to files; what is asked for is answered';
const sending = 'nothing is sent; use the tool api_call';

const options: OptionTable = {
  options: [
    ...['-s', '-S', '-g'].map((name) => flag(name)),
    flag('-L', '--location'),
    flag('-f', '--fail'),
    flag('-i', '--include'),
    flag('-I', '--head'),
    flag('--silent'),
    flag('--show-error'),
    flag('--compressed'),
    valued(method, '-X', '--request'),
    valued(header, '-H', '--header'),
    valued(number(1, 300), '-m', '--max-time'),
  ],
  refused: {
    '-o': toFile,
    '-O': toFile,
    '--output': toFile,
    '--libcurl': toFile,
    '-D': toFile,
    '-c': toFile,
    '--trace': toFile,
    '-K': 'options are not read from files',
    '--config': 'options are not read from files',
    '-T': sending,
    '-d': sending,
    '--data': sending,
    '-F': sending,
    '-u': 'credentials are not sent',
    '-b': 'credentials are not sent',
    '-x': 'the operator says which proxy is used (HTTPS_PROXY)',
    '-k': 'certificates are always checked',
    '--insecure': 'certificates are always checked',
    '--resolve': 'names are resolved by the gateway',
    '--unix-socket': 'only addresses of the web are reached',
  },
};

/** What is asked for, as the gateway's own client takes it. */
export interface WebRequest {
  readonly url: string;
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly showHead: boolean;
  readonly failOnStatus: boolean;
  readonly redirects: boolean;
  readonly timeoutMs: number | undefined;
}

/** `curl [options] url`. No curl is run. */
export function curl(words: readonly string[]): WebRequest {
  const { given, operands, last } = readOptions(words, options);
  const [url, ...others] = [...operands, ...last];
  if (url === undefined || others.length > 0) throw refusedWord(others[0] ?? '', 'one URL must be named');
  const has = (name: string) => given.some((option) => option.name === name);
  const valueOf = (name: string) => given.find((option) => option.name === name)?.value;
  const seconds = valueOf('-m');
  const isHead = has('-I') || valueOf('-X') === 'HEAD';
  return {
    url: /^[a-z][a-z0-9+.-]*:/i.test(url) && !/^[^/]*:\d+(\/|$)/.test(url) ? url : `http://${url}`,
    method: isHead ? 'HEAD' : 'GET',
    headers: Object.fromEntries(given.filter(({ name }) => name === '-H').map(({ value = '' }) => headerOf(value))),
    showHead: isHead || has('-i'),
    failOnStatus: has('-f'),
    redirects: has('-L'),
    timeoutMs: seconds === undefined ? undefined : Number(seconds) * 1_000,
  };
}

function headerOf(text: string): [string, string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon).toLowerCase(), text.slice(colon + 1).trim()];
}
