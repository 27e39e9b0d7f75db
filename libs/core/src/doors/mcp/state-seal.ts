import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;
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

/** Seals what a client carries from one round of a call to the next (AES-256-GCM), so that it can't read or change it. */
export class StateSeal<S extends object = SealedState> {
  /** `key`: 32 bytes. */
  constructor(private readonly key: Buffer) {}

  seal(state: S, binding: StateBinding): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(bound(binding));
    const sealed = [cipher.update(JSON.stringify(state), 'utf8'), cipher.final()];
    return Buffer.concat([iv, cipher.getAuthTag(), ...sealed]).toString('base64url');
  }

  /** Undefined for what was not sealed here for this caller, tool and input. Expiry is for the caller to look at. */
  open(text: string, binding: StateBinding): S | undefined {
    const bytes = Buffer.from(text.length <= MAX_LENGTH ? text : '', 'base64url');
    // one state has one spelling
    if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(bound(binding))
      .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    try {
      const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString();
      return JSON.parse(text) as S;
    } catch {
      return undefined;
    }
  }
}

function bound({ callerId, tool, input }: StateBinding): Buffer {
  return Buffer.from(JSON.stringify([callerId, tool, hash('sha256', sortedJson(input), 'base64url')]));
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
