import { notOurs } from './held.js';

/** All that git is told, whatever a repository's own config says: nothing in it names a program. */
const fixed = `
[core]
	repositoryformatversion = 1
	bare = false
	hooksPath = /dev/null
	attributesFile = /dev/null
	excludesFile = /dev/null
	fsmonitor = false
	untrackedCache = false
	splitIndex = false
	commitGraph = false
	logAllRefUpdates = false
	quotePath = false
	protectHFS = true
	protectNTFS = true
	pager = cat
	sshCommand = /bin/false
[safe]
	bareRepository = explicit
[protocol]
	allow = never
[credential]
	helper =
[gc]
	auto = 0
[maintenance]
	auto = false
[color]
	ui = false
[commit]
	gpgSign = false
[gpg]
	program = /bin/false
[log]
	showSignature = false
	mailmap = false
[diff]
	ignoreSubmodules = all
[status]
	submoduleSummary = false
[submodule]
	recurse = false
`;

/**
 * What of a repository's own config is kept: how its files are written, and which branch follows which. Each value is held
 * to a form that can name nothing else.
 */
const kept: readonly [key: RegExp, value: RegExp][] = [
  [/^core\.(autocrlf|eol|safecrlf|filemode|ignorecase|symlinks)$/, /^(true|false|input|lf|crlf|native|warn)$/],
  [/^extensions\.objectformat$/, /^(sha1|sha256)$/],
  [/^branch\..+\.remote$/, /^[\w.][\w./-]*$/],
  [/^branch\..+\.merge$/, /^refs\/heads\/[^\s~^:?*[\\]+$/],
  [/^remote\..+\.fetch$/, /^\+?refs\/heads\/\*:refs\/remotes\/[\w./-]+\/\*$/],
];

/** What may be said of how a repository is kept. Git, too, refuses what it does not know: it would misread the rest. */
const readable: readonly [key: RegExp, value: RegExp][] = [
  [/^core\.repositoryformatversion$/, /^[01]$/],
  [/^extensions\.objectformat$/, /^(sha1|sha256)$/],
  [/^extensions\.refstorage$/, /^files$/],
  [/^extensions\.(noop|noop-v1|partialclone|preciousobjects|relativeworktrees|worktreeconfig)$/, /^/],
  [/^(?!extensions\.|core\.repositoryformatversion$)/, /^/],
];

/**
 * Git's config for a repository. Throws `failed` for one that is kept in another way than git is told here.
 *
 * @param listed what `git config --list -z` says of the repository's own
 */
export function ownConfig(listed: string): string {
  const lines = listed.split('\0').flatMap((entry) => {
    const [key = '', value = 'true'] = splitOnce(entry, '\n');
    if (!readable.some(([name, form]) => name.test(key) && form.test(value))) {
      throw notOurs(`it is kept in a way that is not known here (${key} = ${value.slice(0, 100)})`);
    }
    return kept.some(([name, form]) => name.test(key) && form.test(value)) ? [setting(key, value)] : [];
  });
  return [fixed, ...lines].join('\n');
}

function setting(key: string, value: string): string {
  const first = key.indexOf('.');
  const last = key.lastIndexOf('.');
  const section = key.slice(0, first);
  const name = key.slice(last + 1);
  const heading = first === last ? section : `${section} ${quoted(key.slice(first + 1, last))}`;
  return `[${heading}]\n\t${name} = ${quoted(value)}`;
}

/** Values hold neither line ends nor NUL here, and no heading may. */
function quoted(text: string): string {
  return `"${text.replace(/[\n\0]/g, '').replace(/["\\]/g, '\\$&')}"`;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
