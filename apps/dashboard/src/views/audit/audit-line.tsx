import type { AuditItem } from '../../api/shapes.js';
import { Badge } from '../../ui/badge.js';
import { Code } from '../../ui/code.js';
import { Dialog } from '../../ui/dialog.js';
import { Facts } from '../../ui/facts.js';
import { bytes, count, json, milliseconds } from '../../ui/format.js';
import { toneOf } from '../../ui/tones.js';
import { nameOf } from './audit-columns.js';

export function AuditLine({ line, onClose }: { line: AuditItem; onClose: () => void }) {
  return (
    <Dialog drawer title={nameOf(line)} onClose={onClose}>
      <Facts
        facts={[
          ['Outcome', <Badge tone={toneOf(line.outcome)}>{line.errorKind ?? line.outcome}</Badge>],
          ['Time', line.time],
          ['Caller', `${line.callerSubject} (${line.caller})`],
          ['Door', line.door],
          ['Address', line.address],
          ['Took', milliseconds(line.durationMs)],
          ['Answer', `${bytes(line.bytes)}, ${count(line.tokens)} tokens`],
          ['Request', <code>{line.requestId}</code>],
          ['Line', <code>{line.id}</code>],
        ]}
      />
      <h3>Arguments, without secrets</h3>
      <Code label="Arguments" text={json(line.arguments)} />
    </Dialog>
  );
}
