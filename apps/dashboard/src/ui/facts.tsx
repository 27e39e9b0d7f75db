import type { ComponentChildren } from 'preact';
import { writtenOut } from './written-out.js';

/** Names and what they are, one below the other; what is undefined is left out. */
export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([name, value]) => (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? writtenOut(value) : value}</dd>
          </div>
        ))}
    </dl>
  );
}
