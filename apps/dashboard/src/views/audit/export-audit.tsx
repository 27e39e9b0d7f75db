import { send, withQuery, type Query } from '../../api/request.js';
import { act } from '../../ui/act.js';

/** The key goes in a header, which a link can't carry: the file is fetched, and then given to the browser. */
export function ExportAudit({ query }: { query: Query }) {
  const save = async () => {
    const response = await send('GET', withQuery('/admin/audit/export', { ...query, format: 'csv' }));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = 'audit.csv';
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <button type="button" class="button" onClick={() => void act(save, 'The audit is saved as audit.csv')}>
      Export
    </button>
  );
}
