import { useEffect, useState } from 'preact/hooks';
import type { Query } from '../../api/request.js';
import { Icon } from '../../ui/icon.js';
import { SearchField } from '../../ui/search-field.js';

export const noFilter = { operation: '', caller: '', requestId: '', outcome: '', since: '' };
type Filter = typeof noFilter;

const TYPED_MS = 300;
const HOUR_MS = 3_600_000;
const texts = [
  ['operation', 'Operation'],
  ['caller', 'Caller’s id'],
  ['requestId', 'Request id'],
] as const;
const spans = [
  ['', 'Any time'],
  ['1', 'Last hour'],
  ['24', 'Last day'],
  ['168', 'Last week'],
] as const;

interface Props {
  filter: Filter;
  onFilter: (filter: Filter) => void;
  onReload: () => void;
}

export function AuditFilters({ filter, onFilter, onReload }: Props) {
  const [typed, setTyped] = useState(filter);
  useEffect(() => {
    const timer = setTimeout(() => onFilter(typed), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div class="filters">
      {texts.map(([member, name]) => (
        <SearchField
          key={member}
          label={name}
          value={typed[member]}
          narrow
          onText={(text) => setTyped({ ...typed, [member]: text })}
        />
      ))}
      <select
        aria-label="Outcome"
        value={typed.outcome}
        onChange={(event) => setTyped({ ...typed, outcome: event.currentTarget.value })}
      >
        <option value="">All outcomes</option>
        {['ok', 'error', 'denied', 'limited'].map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <select
        aria-label="Time"
        value={typed.since}
        onChange={(event) => setTyped({ ...typed, since: event.currentTarget.value })}
      >
        {spans.map(([hours, name]) => (
          <option key={hours} value={hours}>
            {name}
          </option>
        ))}
      </select>
      <button type="button" class="button quiet icon-only" aria-label="Load anew" onClick={onReload}>
        <Icon name="refresh" />
      </button>
    </div>
  );
}

/** To the minute, so that it stays the same question while the page is drawn again. */
export function queryOf({ since, ...filter }: Filter): Query {
  if (since === '') return filter;
  const from = Date.now() - Number(since) * HOUR_MS;
  return { ...filter, since: new Date(from - (from % 60_000)).toISOString() };
}
