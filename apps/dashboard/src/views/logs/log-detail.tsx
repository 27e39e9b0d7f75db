import type { Entry } from '../../feeds/log-feed.js';
import { Code } from '../../ui/code.js';
import { Dialog } from '../../ui/dialog.js';
import { json } from '../../ui/format.js';

export function LogDetail({ entry: { id: _, seq: __, ...entry }, onClose }: { entry: Entry; onClose: () => void }) {
  return (
    <Dialog drawer title={`${entry.level} of ${entry.context ?? 'the gateway'}`} onClose={onClose}>
      <Code label="Entry" text={json(entry)} />
    </Dialog>
  );
}
