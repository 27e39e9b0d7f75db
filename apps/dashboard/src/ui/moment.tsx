import { moment } from './format.js';

export function Moment({ at, none = '–' }: { at: string | null | undefined; none?: string }) {
  if (at === null || at === undefined) return <span class="muted">{none}</span>;
  return (
    <time dateTime={at} title={at}>
      {moment(at)}
    </time>
  );
}
