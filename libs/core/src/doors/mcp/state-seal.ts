import { hash } from 'node:crypto';
import type { SecretKey } from '../../store/secret-key.js';
import { TextSeal } from '../../store/text-seal.js';

/** Longest state that is looked at; ours are far shorter. */
const MAX_LENGTH = 1_000;

/** What a state is good for; nobody else and nothing else opens it. */
export interface StateBinding {
  callerId: string;
  tool: string;
  input: unknown;
}

export interface SealedState {
  /** Names what waits. */
  ticket: string;
  /** Where it waits. */
  replica: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Seals what a client carries from one round of a call to the next, so that it can't read or change it. */
export class StateSeal<S extends object = SealedState> {
  private readonly seals: TextSeal;

  constructor(secretKey: SecretKey, purpose: string) {
    this.seals = new TextSeal(secretKey, purpose);
  }

  seal(state: S, binding: StateBinding): string {
    return this.seals.seal(JSON.stringify(state), placeOf(binding));
  }

  /** Undefined for what was not sealed here for this caller, tool and input. Expiry is for the caller to look at. */
  open(text: string, binding: StateBinding): S | undefined {
    // one state has one spelling
    if (text.length > MAX_LENGTH || Buffer.from(text, 'base64url').toString('base64url') !== text) return undefined;
    const state = this.seals.open(text, placeOf(binding));
    return state === undefined ? undefined : (JSON.parse(state) as S);
  }
}

function placeOf({ callerId, tool, input }: StateBinding): string {
  return JSON.stringify([callerId, tool, hash('sha256', sortedJson(input), 'base64url')]);
}

/** The same text for the same value, whatever the order of its members: a client may write its retry anew. */
function sortedJson(value: unknown): string {
  const json = JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  ) as string | undefined;
  return json ?? '';
}
