import { useMemo, useState } from 'preact/hooks';
import { get } from '../../api/request.js';
import type { Catalog, Operation, Service } from '../../api/shapes.js';
import { goTo, place } from '../../navigation/place.js';
import { Badge } from '../../ui/badge.js';
import { count } from '../../ui/format.js';
import { Page } from '../../ui/page.js';
import { Loaded, useResource } from '../../ui/resource.js';
import { SearchField } from '../../ui/search-field.js';
import { Empty } from '../../ui/states.js';
import { toneOf } from '../../ui/tones.js';
import { ToolDetail } from './tool-detail.js';

export function Tools() {
  const catalog = useResource(() => get<Catalog>('/mcp/catalog'));
  return (
    <Page title="Tools" about="What your key may call, and what each definition costs an agent that reads it.">
      <Loaded resource={catalog} rows={10}>
        {({ services }) => <Browser services={services} />}
      </Loaded>
    </Page>
  );
}

function Browser({ services }: { services: readonly Service[] }) {
  const [text, setText] = useState('');
  const found = useMemo(() => matching(services, text), [services, text]);
  const operations = services.flatMap((service) => service.operations);
  const open = operations.find(({ id }) => id === place.value);
  return (
    <div class={`browser ${open ? 'has-open' : ''}`}>
      <div class="browser-list">
        <SearchField
          label="Search tools"
          placeholder={`Search ${operations.length} tools`}
          value={text}
          onText={setText}
        />
        {found.length === 0 && <Empty title="No tool fits" />}
        <div class="browser-groups" tabIndex={0} role="region" aria-label="Tools by service">
          {found.map((service) => (
            <Group key={service.name} service={service} open={open} />
          ))}
        </div>
      </div>
      <div class="browser-detail">
        {open ? (
          <>
            <button type="button" class="button quiet back" onClick={() => goTo('tools')}>
              All tools
            </button>
            <ToolDetail key={open.id} operation={open} service={serviceOf(services, open)} />
          </>
        ) : (
          <div class="panel">
            <Empty title="Choose a tool">
              <p class="muted">You see its schema and cost, and can try it.</p>
            </Empty>
          </div>
        )}
      </div>
    </div>
  );
}

function Group({ service, open }: { service: Service; open: Operation | undefined }) {
  return (
    <section class="group">
      <h2 class="group-name">
        {service.name}
        {service.status !== 'ready' && <Badge tone={toneOf(service.status)}>{service.status}</Badge>}
        <span class="muted">{count(service.tokenCost)} tokens</span>
      </h2>
      <ul>
        {service.operations.map((operation) => (
          <li key={operation.id}>
            <button
              type="button"
              class="group-entry"
              aria-current={operation === open}
              onClick={() => goTo('tools', operation.id)}
            >
              <span class="grow">{operation.name}</span>
              <span class="muted">{operation.tokenCost}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Every word must be somewhere in the tool. */
function matching(services: readonly Service[], text: string): Service[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return services
    .map((service) => ({
      ...service,
      operations: service.operations.filter(({ id, title = '', description }) => {
        const all = `${id} ${title} ${description}`.toLowerCase();
        return words.every((word) => all.includes(word));
      }),
    }))
    .filter(({ operations }) => operations.length > 0);
}

function serviceOf(services: readonly Service[], operation: Operation): Service | undefined {
  return services.find(({ operations }) => operations.includes(operation));
}
