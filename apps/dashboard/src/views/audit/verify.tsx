import { useState } from 'preact/hooks';
import { messageOf } from '../../api/api-error.js';
import { get } from '../../api/request.js';
import type { Verification } from '../../api/shapes.js';
import { Badge } from '../../ui/badge.js';
import { count } from '../../ui/format.js';
import { toast } from '../../ui/toasts.js';

/** Asks the gateway to recompute every chain. */
export function Verify() {
  const [verdict, setVerdict] = useState<Verification>();
  const [isBusy, setBusy] = useState(false);
  const verify = async () => {
    setBusy(true);
    try {
      setVerdict(await get<Verification>('/admin/audit/verify'));
    } catch (error) {
      toast(messageOf(error), 'bad');
    }
    setBusy(false);
  };
  return (
    <>
      <span role="status">
        {verdict?.valid && <Badge tone="good">{count(verdict.checked)} lines are as they were written</Badge>}
        {verdict?.firstBad && (
          <Badge tone="bad">
            line {verdict.firstBad.seq}: {verdict.firstBad.reason}
          </Badge>
        )}
      </span>
      <button type="button" class="button" disabled={isBusy} onClick={() => void verify()}>
        {isBusy ? 'Verifying…' : 'Verify'}
      </button>
    </>
  );
}
