import { useState } from 'preact/hooks';
import type { Operation, Service } from '../../api/shapes.js';
import { Badge } from '../../ui/badge.js';
import { Code } from '../../ui/code.js';
import { Facts } from '../../ui/facts.js';
import { count, json } from '../../ui/format.js';
import { Panel } from '../../ui/panel.js';
import { Tabs } from '../../ui/tabs.js';
import { TryForm } from './try-form.js';

const tabs = [
  ['try', 'Try it'],
  ['input', 'Input schema'],
  ['output', 'Output schema'],
] as const;

export function ToolDetail({ operation, service }: { operation: Operation; service: Service | undefined }) {
  const [tab, setTab] = useState<(typeof tabs)[number][0]>('try');
  const { title, name, id, tool, description, permission, tokenCost, annotations, slash } = operation;
  const shown = operation.outputSchema ? tabs : tabs.filter(([each]) => each !== 'output');
  return (
    <Panel class="tool">
      <header class="tool-head">
        <h2>{title ?? name}</h2>
        <p class="prose">{description}</p>
        <Facts
          facts={[
            ['Operation', <code>{id}</code>],
            ['Over MCP', <code>{tool}</code>],
            ['Slash', slash === undefined ? undefined : <code>{slash}</code>],
            ['Needs', <code>{permission}</code>],
            ['Definition', `${count(tokenCost)} tokens`],
            ['Effects', <Effects annotations={annotations} />],
            ['Not ready', service?.status === 'ready' ? undefined : (service?.reason ?? missingText(service))],
          ]}
        />
      </header>
      <Tabs label="Tool" tabs={shown} selected={tab} onSelect={setTab}>
        {tab === 'try' && <TryForm operation={operation} service={service?.name ?? ''} />}
        {tab === 'input' && <Code label="Input schema" text={json(operation.inputSchema)} />}
        {tab === 'output' && <Code label="Output schema" text={json(operation.outputSchema)} />}
      </Tabs>
    </Panel>
  );
}

function Effects({ annotations }: { annotations: Operation['annotations'] }) {
  return (
    <span class="badges">
      {annotations.readOnly ? <Badge tone="good">reads only</Badge> : <Badge tone="info">may change things</Badge>}
      {annotations.destructive && <Badge tone="bad">can destroy</Badge>}
      {annotations.idempotent && <Badge>may be repeated</Badge>}
      {annotations.openWorld && <Badge>reaches outside</Badge>}
    </span>
  );
}

function missingText(service: Service | undefined): string | undefined {
  return service?.missing ? `Set ${service.missing.join(', ')}` : undefined;
}
