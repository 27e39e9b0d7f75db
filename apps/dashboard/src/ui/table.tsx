import type { ComponentChildren } from 'preact';

export interface Column<T> {
  readonly name: string;
  readonly of: (row: T) => ComponentChildren;
  /** `lead` is what a row is about, `tight` takes no more room than it needs. */
  readonly kind?: 'lead' | 'number' | 'tight';
  /** For those who don't see it, where the column needs no heading. */
  readonly isUntitled?: boolean;
}

interface Props<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string | number;
}

/** On a phone each row is a list of names and values. */
export function Table<T>({ label, columns, rows, keyOf }: Props<T>) {
  return (
    <div class="table-box" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ name, kind = '', isUntitled }) => (
              <th key={name} scope="col" class={kind}>
                {isUntitled ? <span class="unseen">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ name, of, kind = '', isUntitled }) => (
                <td key={name} class={kind} data-name={isUntitled ? '' : name}>
                  {of(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
