import { Kind, parse, type FieldNode } from 'graphql';
import { z } from 'zod';
import { jsonOf, route, type Call, type Reply, type Route } from './call.js';
import type { State } from './state.js';

const body = z.strictObject({ query: z.string(), variables: z.record(z.string(), z.unknown()) });

const figures = { requests: 100, cachedRequests: 60, bytes: 5_000, cachedBytes: 3_000, pageViews: 40, threats: 1 };

/** Answers what is asked for of zones, as far as traffic goes; its errors come with the status of a success. */
export function graphqlRoutes(state: State): Route[] {
  return [
    route('POST', '/graphql', async (call): Promise<Reply> => {
      const { query } = await jsonOf(call, body);
      try {
        return answer(call, { data: { viewer: viewerOf(query, state) }, errors: null });
      } catch (error) {
        const code = error instanceof Denied ? { extensions: { code: 'authz' } } : {};
        return answer(call, { data: null, errors: [{ message: (error as Error).message, path: null, ...code }] });
      }
    }),
  ];
}

class Denied extends Error {}

function answer({ response }: Call, given: object): Reply {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(given));
  return 'done';
}

function viewerOf(query: string, { zones }: State): object {
  const viewer = fieldsOf(parse(query).definitions[0] as never).find(({ name }) => name.value === 'viewer');
  if (!viewer) throw new Error('unknown field');
  const answered = fieldsOf(viewer).map((field) => {
    if (field.name.value !== 'zones') throw new Error(`unknown field "${field.name.value}"`);
    const { zoneTag } = argumentOf(field, 'filter') as { zoneTag: string };
    if (!zones.has(zoneTag)) throw new Denied(`zone '${zoneTag}' does not have access to the path`);
    const series = fieldsOf(field).map((each) => [each.alias?.value ?? each.name.value, groupsOf(each)]);
    return ['zones', [Object.fromEntries(series) as object]];
  });
  return Object.fromEntries(answered) as object;
}

/** One group for each hour or day that is asked for. */
function groupsOf(field: FieldNode): object[] {
  const name = field.name.value;
  if (name !== 'httpRequests1hGroups' && name !== 'httpRequests1dGroups') throw new Error(`unknown field "${name}"`);
  const dimension = name === 'httpRequests1hGroups' ? 'datetime' : 'date';
  const step = dimension === 'datetime' ? 3_600_000 : 86_400_000;
  const filter = argumentOf(field, 'filter') as Record<string, string>;
  const limit = Number((argument(field, 'limit') as { value?: string } | undefined)?.value);
  const [from, before, last] = ['geq', 'lt', 'leq'].map((end) => Date.parse(filter[`${dimension}_${end}`] ?? ''));
  const to = before || last! + 1;
  if (!from || !to) throw new Error(`error parsing args for "${name}": ${dimension} needs a beginning and an end`);
  const groups: object[] = [];
  for (let at = Math.ceil(from / step) * step; at < to && groups.length < limit; at += step) {
    const text = new Date(at).toISOString();
    const time = dimension === 'datetime' ? `${text.slice(0, 19)}Z` : text.slice(0, 10);
    groups.push({ dimensions: { [dimension]: time }, sum: figures, uniq: { uniques: 7 } });
  }
  return groups;
}

function fieldsOf({ selectionSet }: FieldNode): FieldNode[] {
  return (selectionSet?.selections ?? []).filter((each) => each.kind === Kind.FIELD);
}

function argument(field: FieldNode, name: string) {
  return field.arguments?.find((each) => each.name.value === name)?.value;
}

function argumentOf(field: FieldNode, name: string): unknown {
  const given = argument(field, name);
  if (given?.kind !== Kind.OBJECT) throw new Error(`"${field.name.value}" needs ${name}`);
  return Object.fromEntries(given.fields.map((each) => [each.name.value, (each.value as { value?: string }).value]));
}
