import { useState } from 'preact/hooks';
import { post } from '../../api/request.js';
import { act } from '../../ui/act.js';
import { Dialog } from '../../ui/dialog.js';
import { Entry } from '../../ui/entry.js';

interface Props {
  onClose: () => void;
  onMade: () => void;
}

export function NewBlock({ onClose, onMade }: Props) {
  const [network, setNetwork] = useState('');
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const make = async () => {
    const body = {
      network: network.trim(),
      reason: reason.trim() || null,
      expiresAt: until === '' ? null : new Date(until).toISOString(),
    };
    if (!(await act(() => post('/admin/ip-blocks', body), `${body.network} is blocked`))) return;
    onMade();
    onClose();
  };
  return (
    <Dialog title="Block a network" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Entry
          label="Network"
          value={network}
          onType={setNetwork}
          required
          placeholder="203.0.113.0/24"
          hint="An address, or a CIDR."
        />
        <Entry label="Reason" value={reason} onType={setReason} />
        <Entry label="Until" type="datetime-local" value={until} onType={setUntil} hint="Empty until it is lifted." />
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button danger">
            Block
          </button>
        </div>
      </form>
    </Dialog>
  );
}
