import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError, type WorkspaceFile, isUrl } from '#libs/kit';
import { afterChange, inDoubt } from '#libs/outbound';
import type { CloudflareApi } from '../cloudflare-api.js';
import { malformed } from '../cloudflare-errors.js';
import { tokenPermissions } from '../token-permissions.js';

/** Of one request: at least 5,242,880 bytes and a multiple of 256 KiB, as Cloudflare asks. Held in memory. */
const CHUNK_BYTES = 16 * 1024 * 1024;
const CHUNK_TIMEOUT_MS = 10 * 60_000;
/** Failures in a row after which an upload is given up. */
const MAX_FAILURES = 5;
const FIRST_WAIT_MS = 500;
const CONFLICT = 409;

const permission = tokenPermissions.streamEdit;
const version = { 'tus-resumable': '1.0.0' };

/** An upload that Cloudflare knows of. */
export interface BegunUpload {
  location: URL;
  uid: string;
}

export interface Upload {
  file: WorkspaceFile;
  /** Where the file, or some of it, is there already. */
  begun?: BegunUpload | undefined;
  /** Names and values as Cloudflare knows them; a value of `true` is one that is only named. */
  metadata: Readonly<Record<string, string | true>>;
  signal: AbortSignal;
  /** Told before the first part. */
  onBegin?(begun: BegunUpload): Promise<void>;
  /** Told after each part how many bytes are there. */
  onProgress(bytes: number): void;
}

/** Uploads a file by the tus protocol (1.0.0), part by part; a part that is lost goes on where the other side got to. */
export class TusUpload {
  private failures = 0;

  constructor(
    private readonly api: CloudflareApi,
    private readonly upload: Upload,
  ) {}

  /**
   * Rejects as the API does, once it has failed several times in a row: as a change in doubt from when it has begun.
   * Answers the uid of the video.
   */
  async run(): Promise<string> {
    const begun =
      this.upload.begun ??
      (await this.create().catch((error: unknown) => {
        throw inDoubt(error);
      }));
    await afterChange(this.sendAll(begun));
    return begun.uid;
  }

  private async sendAll({ location, uid }: BegunUpload): Promise<void> {
    const { begun } = this.upload;
    let offset = begun ? await this.firstOffsetAt(location) : 0;
    if (!begun) await this.upload.onBegin?.({ location, uid });
    while (offset < this.upload.file.size) {
      try {
        offset = await this.send(location, offset);
        this.failures = 0;
        this.upload.onProgress(offset);
      } catch (error) {
        await this.waitAfter(error);
        offset = await this.offsetAt(location).catch((reason: unknown) => {
          if (isPassing(reason)) return offset;
          throw reason;
        });
      }
    }
  }

  private async create(): Promise<BegunUpload> {
    const { file, metadata, signal } = this.upload;
    const headers = { ...version, 'upload-length': String(file.size), 'upload-metadata': metadataText(metadata) };
    const path = `${this.api.account}/stream`;
    const answer = await this.api.send({ method: 'POST', path, headers, permission, signal });
    if (answer.status !== 201) this.api.check(answer, permission);
    const { location = '', 'stream-media-id': uid } = answer.headers;
    if (typeof uid !== 'string' || !isUrl(location, answer.url.href)) {
      throw malformed('an upload that leads nowhere');
    }
    return { location: new URL(location, answer.url.href), uid };
  }

  /** Sends the part at `offset`, and answers where the next one begins. */
  private async send(location: URL, offset: number): Promise<number> {
    const { file, signal } = this.upload;
    const body = await file.read(offset, Math.min(CHUNK_BYTES, file.size - offset));
    if (body.length === 0) throw new OperationError('failed', 'The file became shorter while it was uploaded');
    const answer = await this.api.sendTo(location, {
      method: 'PATCH',
      headers: { ...version, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
      body,
      signal,
      timeoutMs: CHUNK_TIMEOUT_MS,
    });
    if (answer.status === CONFLICT) throw malformed('another idea of how much is there');
    if (answer.status !== 204) this.api.check(answer, permission);
    const next = offsetOf(answer.headers['upload-offset']);
    if (next <= offset || next > file.size) throw malformed('an upload that does not go on');
    return next;
  }

  /** Where an earlier run got to: without it nothing can go on, so it is asked for as patiently as a part is sent. */
  private async firstOffsetAt(location: URL): Promise<number> {
    for (;;) {
      try {
        const offset = await this.offsetAt(location);
        this.failures = 0;
        return offset;
      } catch (error) {
        await this.waitAfter(error);
      }
    }
  }

  private async offsetAt(location: URL): Promise<number> {
    const { signal } = this.upload;
    const answer = await this.api.sendTo(location, { method: 'HEAD', headers: version, signal });
    if (answer.status >= 300) this.api.check(answer, permission);
    return offsetOf(answer.headers['upload-offset']);
  }

  private async waitAfter(error: unknown): Promise<void> {
    this.failures += 1;
    if (!isPassing(error) || this.failures > MAX_FAILURES) throw error;
    const asked = error.details.retryAfterMs ?? 0;
    const { signal } = this.upload;
    await sleep(Math.max(asked, FIRST_WAIT_MS * 2 ** (this.failures - 1)), undefined, { signal }).catch(() => {
      throw signal.reason;
    });
  }
}

/** The metadata of tus: names with values in base64, separated by commas. */
function metadataText(metadata: Upload['metadata']): string {
  return Object.entries(metadata)
    .map(([name, value]) => (value === true ? name : `${name} ${Buffer.from(value).toString('base64')}`))
    .join(',');
}

function offsetOf(header: string | string[] | undefined): number {
  const text = String(header);
  if (!/^\d{1,15}$/.test(text)) throw malformed('an upload that does not say how much is there');
  return Number(text);
}

/** Whether the same may succeed soon. A call that ended by itself does not: its signal is aborted. */
function isPassing(error: unknown): error is OperationError {
  return error instanceof OperationError && ['unavailable', 'limited', 'deadline'].includes(error.kind);
}
