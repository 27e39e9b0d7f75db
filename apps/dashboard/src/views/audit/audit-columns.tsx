import type { AuditItem } from '../../api/shapes.js';
import { Badge } from '../../ui/badge.js';
import { count, milliseconds } from '../../ui/format.js';
import { Moment } from '../../ui/moment.js';
import type { Column } from '../../ui/table.js';
import { toneOf } from '../../ui/tones.js';
import { writtenOut } from '../../ui/written-out.js';

export function columnsOf(open: (line: AuditItem) => void): Column<AuditItem>[] {
  return [
    { name: 'Time', kind: 'tight', of: ({ time }) => <Moment at={time} /> },
    {
      name: 'Operation',
      kind: 'lead',
      of: (line) => (
        <button type="button" class="link" onClick={() => open(line)}>
          <code>{writtenOut(nameOf(line))}</code>
        </button>
      ),
    },
    { name: 'Caller', of: ({ callerSubject }) => writtenOut(callerSubject) },
    { name: 'Door', kind: 'tight', of: ({ door }) => door },
    {
      name: 'Outcome',
      kind: 'tight',
      of: ({ outcome, errorKind }) => <Badge tone={toneOf(outcome)}>{errorKind ?? outcome}</Badge>,
    },
    { name: 'Took', kind: 'number', of: ({ durationMs }) => milliseconds(durationMs) },
    { name: 'Tokens', kind: 'number', of: ({ tokens }) => count(tokens) },
  ];
}

export const nameOf = ({ service, operation }: AuditItem): string => [service, operation].filter(Boolean).join('.');
