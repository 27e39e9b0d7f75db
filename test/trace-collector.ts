import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const hex = (length: number) => z.string().regex(new RegExp(`^[0-9a-f]{${length}}$`));
const nanoseconds = z.string().regex(/^\d{19}$/);
const value = z.record(z.string(), z.unknown()).refine((one) => Object.keys(one).length === 1, 'one kind of value');
const attributes = z.array(z.strictObject({ key: z.string().min(1), value }));

/** `ExportTraceServiceRequest` in JSON, as opentelemetry-proto has it. */
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: hex(32),
              spanId: hex(16),
              parentSpanId: hex(16).optional(),
              name: z.string().min(1),
              kind: z.int().min(1).max(5),
              startTimeUnixNano: nanoseconds,
              endTimeUnixNano: nanoseconds,
              attributes,
              status: z.object({ code: z.int().min(0).max(2), message: z.string().optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
});

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  kind: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  attributes: Record<string, unknown>;
  failed: boolean;
  /** Of its status. */
  message: string | undefined;
  service: unknown;
}

/** A collector of OpenTelemetry's traces over OTLP/HTTP, which takes only what it is due. */
export async function traceCollector(headers: Record<string, string> = {}) {
  const spans: CollectedSpan[] = [];
  const mistakes: string[] = [];
  const server = createServer((asked, answer) => {
    void text(asked).then((body) => {
      if (`${asked.method} ${asked.url}` !== 'POST /v1/traces') mistakes.push(`${asked.method} ${asked.url}`);
      for (const [name, due] of Object.entries(headers)) if (asked.headers[name] !== due) mistakes.push(`no ${name}`);
      const parsed = request.safeParse(JSON.parse(body));
      if (!parsed.success) mistakes.push(parsed.error.message);
      for (const { resource, scopeSpans } of parsed.data?.resourceSpans ?? []) {
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          spans.push({
            ...span,
            parentSpanId: span.parentSpanId,
            startedAt: Number(span.startTimeUnixNano) / 1e6,
            endedAt: Number(span.endTimeUnixNano) / 1e6,
            attributes: flat(span.attributes),
            failed: span.status.code === 2,
            message: span.status.message,
            service: flat(resource.attributes)['service.name'],
          });
        }
      }
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    mistakes,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const flat = (list: z.output<typeof attributes>) =>
  Object.fromEntries(list.map((each) => [each.key, Object.values(each.value)[0]]));
