import { useState } from 'preact/hooks';
import { post } from '../../api/request.js';
import { act } from '../../ui/act.js';
import { Dialog } from '../../ui/dialog.js';
import { Entry } from '../../ui/entry.js';

interface Props {
  onClose: () => void;
  onMade: () => void;
}

/** Only servers that are reached over HTTP: what starts a command stands in the config file. */
export function NewUpstream({ onClose, onMade }: Props) {
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [token, setToken] = useState('');
  const make = async () => {
    const headers = token === '' ? {} : { headers: { Authorization: `Bearer ${token}` } };
    const isMade = await act(() => post('/admin/upstreams', { name, url, ...headers }), `${name} is registered`);
    if (!isMade) return;
    onMade();
    onClose();
  };
  return (
    <Dialog title="Add an MCP server" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Entry label="Name" value={name} onType={setName} required hint="Its tools are called <name>__<tool>." />
        <Entry
          label="Address"
          value={url}
          onType={setUrl}
          required
          placeholder="https://mcp.example.com/mcp"
          hint="A private address needs to stand in WEB_ALLOWED_HOSTS."
        />
        <Entry
          label="Bearer token"
          type="password"
          value={token}
          onType={setToken}
          hint="Where it asks for one; it is never shown again."
        />
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary">
            Add
          </button>
        </div>
      </form>
    </Dialog>
  );
}
