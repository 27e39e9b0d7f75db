import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const nanoseconds = z.string().regex(/^\d{19}$/);
const anyValue = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
  z.strictObject({ doubleValue: z.number() }),
]);
const attributes = z
  .array(z.strictObject({ key: z.string().min(1), value: anyValue }))
  .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, 'keys that come once');

/** `ExportLogsServiceRequest` in JSON, as opentelemetry-proto has it, with what the gateway sends of it. */
const request = z.strictObject({
  resourceLogs: z
    .array(
      z.strictObject({
        resource: z.strictObject({ attributes }),
        scopeLogs: z
          .array(
            z.strictObject({
              scope: z.strictObject({ name: z.string().min(1) }),
              logRecords: z
                .array(
                  z.strictObject({
                    timeUnixNano: nanoseconds,
                    observedTimeUnixNano: nanoseconds,
                    severityNumber: z.int().min(1).max(24),
                    severityText: z.string(),
                    body: anyValue,
                    attributes,
                  }),
                )
                .min(1),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
});

export interface OtlpRecord {
  body: unknown;
  severityText: string;
  /** By their keys; numbers are texts where they are whole. */
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}

export interface OtlpCollector {
  readonly url: string;
  readonly records: OtlpRecord[];
  readonly mistakes: string[];
  /** What it answers: 200 takes the records. */
  status: number;
  /** Bytes of a request that it takes, and how it refuses more. */
  most: number;
  tooLarge: { status: number; text: string };
  close(): Promise<void>;
}

const flat = (list: z.output<typeof attributes>) =>
  Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0] as unknown]));

/** A collector of OpenTelemetry's logs that holds every request to its shape. */
export async function otlpCollector(authorization: string): Promise<OtlpCollector> {
  const records: OtlpRecord[] = [];
  const mistakes: string[] = [];
  const state = { status: 200, most: Infinity, tooLarge: { status: 413, text: '' } };
  const server = createServer((asked, answer) => {
    void text(asked).then((body) => {
      const head = [asked.method, asked.url, asked.headers['content-type'], asked.headers.authorization];
      if (head.join(' ') !== `POST /v1/logs application/json ${authorization}`) mistakes.push(head.join(' '));
      const parsed = request.safeParse(JSON.parse(body));
      if (body.length > state.most) {
        answer.writeHead(state.tooLarge.status).end(state.tooLarge.text);
        return;
      }
      if (!parsed.success) mistakes.push(parsed.error.message);
      else if (state.status === 200) {
        for (const { resource, scopeLogs } of parsed.data.resourceLogs) {
          for (const record of scopeLogs.flatMap(({ logRecords }) => logRecords)) {
            const { body: shown, severityText, attributes: own } = record;
            const told = { attributes: flat(own), resource: flat(resource.attributes) };
            records.push({ body: Object.values(shown)[0], severityText, ...told });
          }
        }
      }
      answer.writeHead(state.status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`,
    records,
    mistakes,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}
