import { hash } from 'node:crypto';
import type { Caller } from '#libs/kit';
import { MAX_NAME } from '../../access/plain-text.js';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import { ADMINISTRATION } from '../../catalog/names.js';
import type { FinishedCall } from '../../execution/finished-call.js';
import type { Redactor } from '../redaction.js';
import { jsonText } from '../json-text.js';
import { msText } from '../ms-text.js';
import { argumentsText } from './arguments-text.js';

/** One call in the account, as it is kept. */
export interface AuditLine {
  replica: string;
  /** From 1, without gaps, within the replica. */
  seq: number;
  /** ISO 8601, UTC. */
  time: string;
  requestId: string;
  caller: string;
  callerKind: string;
  callerSubject: string;
  onBehalfOf: string | null;
  owner: string | null;
  team: string | null;
  door: string;
  address: string;
  /** For an operation that does not exist: what was asked for, before the dot. */
  service: string;
  operation: string;
  /** JSON text, redacted and bounded. */
  arguments: string;
  outcome: string;
  errorKind: string | null;
  durationMs: number;
  bytes: number;
  tokens: number;
}

/** What a chain begins with. */
export const FIRST_HASH = '0'.repeat(64);

const MAX_SERVICE = 100;
/** A token's subject behind `jwt:`. What is cut of an id could be another caller's. */
const MAX_ID = MAX_NAME + 'jwt:'.length;
/** Of what was asked for under a name that there is not. */
const MAX_LOOKED_THROUGH = 1_000;
/** Neither PostgreSQL nor a reader's terminal takes these. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/gu;

/** The members of a caller that stand in every of its lines; callers live as long as their key. */
const callers = new WeakMap<Caller, string>();
/** The same of operations, which live as long as they are in the catalog, as they were called last. */
const operations = new WeakMap<CatalogOperation, Place & { text: string }>();

/** By which door a call came, and from where. */
type Place = Pick<AuditLine, 'door' | 'address'>;

const SUCCEEDED = endText('ok', null);

/** What a line says besides its place in the chain, as the members of a JSON object. */
export function lineBody(call: FinishedCall, time: string, redactor: Redactor): string {
  const { operation, origin, error } = call;
  const what = operation ? callOf(operation, origin) : callText(origin, namesIn(call, redactor));
  return bodyText(
    `"time":"${time}","requestId":${quoted(origin.requestId)}`,
    callerOf(origin.caller),
    what,
    argumentsText(call.input, redactor),
    error || call.outcome !== 'ok' ? endText(call.outcome, error?.kind ?? null) : SUCCEEDED,
    `,"durationMs":${msText(call.durationMs)},"bytes":${call.bytes},"tokens":${call.tokens}`,
  );
}

/** The same for a line that was kept: what was hashed, to the letter. */
export function bodyOf(line: AuditLine): string {
  const { callerKind, callerSubject, onBehalfOf, owner, team } = line;
  return bodyText(
    `"time":${quoted(line.time)},"requestId":${quoted(line.requestId)}`,
    callerText({ caller: line.caller, callerKind, callerSubject, onBehalfOf, owner, team }),
    callText(line, { service: line.service, name: line.operation }),
    line.arguments,
    endText(line.outcome, line.errorKind),
    `,"durationMs":${line.durationMs},"bytes":${line.bytes},"tokens":${line.tokens}`,
  );
}

/** The text that is hashed: a line's place, and what it says. */
export function canonicalText(replica: string, seq: number, body: string): string {
  return `{"replica":"${replica}","seq":${seq},${body}}`;
}

/** `hash_n = SHA-256(hash_{n-1} || line_n)`, in hexadecimal digits. */
export function nextHash(previous: string, canonical: string): string {
  return hashOf(previous + canonical);
}

/** The hash of what the two are together. */
export function hashOf(chained: string | Buffer): string {
  return hash('sha256', chained, 'hex');
}

function bodyText(when: string, who: string, what: string, given: string, how: string, size: string): string {
  return `${when},${who},${what},"arguments":${given},${how}${size}`;
}

function endText(outcome: string, errorKind: string | null): string {
  return `"outcome":${quoted(outcome)},"errorKind":${quoted(errorKind)}`;
}

function callerOf(caller: Caller): string {
  const known = callers.get(caller);
  if (known !== undefined) return known;
  const { id, kind, subject, onBehalfOf, owner, team } = caller;
  const text = callerText({
    caller: printableId(id),
    callerKind: kind,
    callerSubject: printable(subject),
    onBehalfOf: onBehalfOf === undefined ? null : printable(onBehalfOf),
    owner: owner === undefined ? null : printable(owner),
    team: team === undefined ? null : printable(team),
  });
  callers.set(caller, text);
  return text;
}

type CallerMembers = Pick<AuditLine, 'caller' | 'callerKind' | 'callerSubject' | 'onBehalfOf' | 'owner' | 'team'>;

function callerText({ caller, callerKind, callerSubject, onBehalfOf, owner, team }: CallerMembers): string {
  return (
    `"caller":${quoted(caller)},"callerKind":${quoted(callerKind)},"callerSubject":${quoted(callerSubject)}` +
    `,"onBehalfOf":${quoted(onBehalfOf)},"owner":${quoted(owner)},"team":${quoted(team)}`
  );
}

function callOf(operation: CatalogOperation, { door, address }: Place): string {
  const known = operations.get(operation);
  if (known?.door === door && known.address === address) return known.text;
  const text = callText({ door, address }, operation);
  operations.set(operation, { door, address, text });
  return text;
}

function callText({ door, address }: Place, { service, name }: Pick<CatalogOperation, 'service' | 'name'>): string {
  return `"door":${quoted(door)},"address":${quoted(address)},"service":${quoted(service)},"operation":${quoted(name)}`;
}

/** An operation that does not exist, cut into what would be its service and its name. */
function namesIn({ operationId, isAct }: FinishedCall, redactor: Redactor): { service: string; name: string } {
  // as a whole: a token has dots too
  const clean = redactor.text(operationId.slice(0, MAX_LOOKED_THROUGH));
  const dot = clean.indexOf('.');
  const asked = dot === -1 ? '' : clean.slice(0, dot);
  // what a caller makes up must not pass for what was done to the gateway
  const service = asked === ADMINISTRATION && !isAct ? '' : asked;
  return {
    service: printable(service.slice(0, MAX_SERVICE)),
    name: printable(clean.slice(dot + 1)),
  };
}

/** A name as the account keeps it. */
export function printable(text: string): string {
  return text.slice(0, MAX_NAME).replace(UNPRINTABLE, '\ufffd');
}

/** A caller's id as the account keeps it: whole. */
export function printableId(id: string): string {
  return id.slice(0, MAX_ID).replace(UNPRINTABLE, '\ufffd');
}

function quoted(text: string | null): string {
  return text === null ? 'null' : jsonText(text);
}
