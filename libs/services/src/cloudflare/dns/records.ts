import { z } from 'zod';
import { OperationError, type InputOf, type OutputOf } from '#libs/kit';
import type { CloudflareApi } from '../cloudflare-api.js';
import type * as dns from '../operations/dns.js';
import { pageFacts, pageQuery } from '../paging.js';
import { rawOf } from '../raw.js';
import { tokenPermissions } from '../token-permissions.js';
import { record, someOfRecord, wholeRecord } from './record.js';

const { dnsRead, dnsEdit } = tokenPermissions;

/** The DNS records of one zone, whose path is given. */
export class DnsRecords {
  private readonly path: string;

  constructor(
    private readonly api: CloudflareApi,
    zonePath: string,
    private readonly signal: AbortSignal,
  ) {
    this.path = `${zonePath}/dns_records`;
  }

  async list(input: InputOf<typeof dns.listRecords>): Promise<OutputOf<typeof dns.listRecords>> {
    const { type, name, content, search } = input;
    const query = { ...pageQuery(input), type, 'name.exact': name, 'content.exact': content, search };
    const { result, raw, info } = await this.read(this.path, z.array(record), query);
    return { records: result, ...pageFacts(input, info), ...rawOf(input, raw) };
  }

  async get(input: InputOf<typeof dns.getRecord>): Promise<OutputOf<typeof dns.getRecord>> {
    const { result, raw } = await this.read(this.pathOf(input.record), record);
    return { ...result, ...rawOf(input, raw) };
  }

  async export(): Promise<OutputOf<typeof dns.exportRecords>> {
    const path = `${this.path}/export`;
    return { zoneFile: await this.api.text({ path, permission: dnsRead, signal: this.signal }) };
  }

  async create(input: InputOf<typeof dns.createRecord>): Promise<OutputOf<typeof dns.createRecord>> {
    const { result, raw } = await this.change('POST', this.path, record, wholeRecord(input));
    return { ...result, ...rawOf(input, raw) };
  }

  async update(input: InputOf<typeof dns.updateRecord>): Promise<OutputOf<typeof dns.updateRecord>> {
    const fields = input.replace ? wholeRecord(input) : someOfRecord(input);
    if (Object.values(fields).every((value) => value === undefined)) throw nothingToDo('a field to change');
    const method = input.replace ? 'PUT' : 'PATCH';
    const { result, raw } = await this.change(method, this.pathOf(input.record), record, fields);
    return { ...result, ...rawOf(input, raw) };
  }

  async delete({ record: id }: InputOf<typeof dns.deleteRecord>): Promise<OutputOf<typeof dns.deleteRecord>> {
    const { result } = await this.change('DELETE', this.pathOf(id), z.object({ id: z.string() }));
    return result;
  }

  async batch(input: InputOf<typeof dns.batch>): Promise<OutputOf<typeof dns.batch>> {
    const { deletes, patches, puts, posts } = input;
    if (deletes.length + patches.length + puts.length + posts.length === 0)
      throw nothingToDo('a record in one of them');
    const records = z.array(record).nullish();
    const answer = z.object({ deletes: records, patches: records, puts: records, posts: records });
    const { result } = await this.change('POST', `${this.path}/batch`, answer, {
      deletes,
      patches: patches.map(({ id, ...fields }) => ({ id, ...someOfRecord(fields) })),
      puts: puts.map(({ id, ...fields }, at) => ({ id, ...wholeRecord(fields, `puts.${at}.`) })),
      posts: posts.map((fields, at) => wholeRecord(fields, `posts.${at}.`)),
    });
    return {
      deleted: brief(result.deletes),
      changed: brief(result.patches),
      overwritten: brief(result.puts),
      created: brief(result.posts),
    };
  }

  private pathOf(id: string): string {
    return `${this.path}/${id.toLowerCase()}`;
  }

  private read<T>(path: string, schema: z.ZodType<T>, query: Record<string, string | number | undefined> = {}) {
    return this.api.request({ path, query, permission: dnsRead, signal: this.signal }, schema);
  }

  private change<T>(method: string, path: string, schema: z.ZodType<T>, json?: object) {
    return this.api.request({ method, path, json, permission: dnsEdit, signal: this.signal }, schema);
  }
}

function brief(records: readonly z.output<typeof record>[] | null | undefined) {
  return (records ?? []).map(({ id, type, name, content }) => ({ id, type, name, content }));
}

function nothingToDo(expected: string): OperationError {
  return new OperationError('invalid', `There is nothing to do: expected ${expected}`, {
    issues: [{ path: '', expected, got: 'none' }],
  });
}
