import { post } from '../../api/request.js';
import type { Upstream, UpstreamTool } from '../../api/shapes.js';
import { act } from '../../ui/act.js';
import { Badge } from '../../ui/badge.js';
import { Dialog } from '../../ui/dialog.js';
import { Pages, useList } from '../../ui/pages.js';
import { Empty } from '../../ui/states.js';
import { toneOf } from '../../ui/tones.js';
import { writtenOut } from '../../ui/written-out.js';
import { Difference } from './difference.js';

interface Props {
  upstream: Upstream;
  onClose: () => void;
  onApprove: () => void;
}

export function UpstreamTools({ upstream: { name }, onClose, onApprove }: Props) {
  const path = `/admin/upstreams/${encodeURIComponent(name)}/tools`;
  const list = useList<UpstreamTool>(path, { limit: 200 });
  const approve = async ({ tool, hash }: UpstreamTool) => {
    // what was read here and nothing else, whatever the server says by now
    await act(() => post(`${path}/${encodeURIComponent(tool)}/approve`, { hash }), `${tool} is approved`);
    list.reload();
    onApprove();
  };
  return (
    <Dialog drawer title={`Tools of ${name}`} onClose={onClose}>
      <Pages list={list} path={path} empty={<Empty title="It has offered no tools yet" />}>
        {(tools) => (
          <ul class="cards">
            {withheldFirst(tools).map((tool) => (
              <li key={tool.tool} class="card">
                <div class="card-head">
                  <code class="grow">{writtenOut(tool.tool)}</code>
                  <Badge tone={toneOf(tool.state)}>{tool.state === 'quarantined' ? 'withheld' : tool.state}</Badge>
                </div>
                <p class="muted clamp">{writtenOut(tool.definition.description ?? '')}</p>
                {tool.difference && (
                  <>
                    <Difference difference={tool.difference} />
                    <button type="button" class="button primary" onClick={() => void approve(tool)}>
                      Approve what it has become
                    </button>
                  </>
                )}
              </li>
            ))}
          </ul>
        )}
      </Pages>
    </Dialog>
  );
}

function withheldFirst(tools: readonly UpstreamTool[]): UpstreamTool[] {
  const rank = ({ state }: UpstreamTool) => (state === 'quarantined' ? 0 : state === 'approved' ? 1 : 2);
  return tools.toSorted((one, other) => rank(one) - rank(other));
}
