import { useState } from 'preact/hooks';
import type { AuditItem } from '../../api/shapes.js';
import { Page } from '../../ui/page.js';
import { Pages, useList } from '../../ui/pages.js';
import { Empty } from '../../ui/states.js';
import { Table } from '../../ui/table.js';
import { columnsOf } from './audit-columns.js';
import { AuditFilters, queryOf, noFilter } from './audit-filters.js';
import { AuditLine } from './audit-line.js';
import { ExportAudit } from './export-audit.js';
import { Verify } from './verify.js';

const PATH = '/admin/audit';

export function Audit() {
  const [filter, setFilter] = useState(noFilter);
  const [open, setOpen] = useState<AuditItem>();
  const query = queryOf(filter);
  const list = useList<AuditItem>(PATH, query);
  return (
    <Page
      title="Audit"
      about="Every call, whichever door it came through and however it ended. Each line is chained to the one before."
      actions={
        <>
          <ExportAudit query={query} />
          <Verify />
        </>
      }
    >
      <AuditFilters filter={filter} onFilter={setFilter} onReload={list.reload} />
      <div class="panel">
        <Pages list={list} path={PATH} query={query} empty={<Empty title="No call fits this filter" />}>
          {(lines) => <Table label="Calls" columns={columnsOf(setOpen)} rows={lines} keyOf={({ id }) => id} />}
        </Pages>
      </div>
      {open && <AuditLine line={open} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}
