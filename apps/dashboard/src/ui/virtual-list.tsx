import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Props<T> {
  label: string;
  items: readonly T[];
  /** Of every row, in pixels. */
  rowHeight: number;
  keyOf: (item: T) => string | number;
  children: (item: T) => ComponentChildren;
}

const OVERSCAN = 4;
const FIRST_GUESS = 20;

/** Draws only the rows that are in sight, however many there are. */
export function VirtualList<T>({ label, items, rowHeight, keyOf, children }: Props<T>) {
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ first: 0, rows: FIRST_GUESS });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const look = () => {
      const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - OVERSCAN);
      const rows = Math.ceil(element.clientHeight / rowHeight) + 2 * OVERSCAN;
      setSight((before) => (before.first === first && before.rows === rows ? before : { first, rows }));
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [rowHeight]);
  const first = Math.min(sight.first, Math.max(0, items.length - 1));
  const shown = items.slice(first, first + sight.rows);
  return (
    <div ref={box} class="virtual" tabIndex={0} role="region" aria-label={label}>
      <ul style={{ height: `${items.length * rowHeight}px`, paddingTop: `${first * rowHeight}px` }}>
        {shown.map((item) => (
          <li key={keyOf(item)} style={{ height: `${rowHeight}px` }}>
            {children(item)}
          </li>
        ))}
      </ul>
    </div>
  );
}
