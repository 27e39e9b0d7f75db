import type { UpstreamTool } from '../../api/shapes.js';
import { json } from '../../ui/format.js';
import { writtenOut } from '../../ui/written-out.js';
import { changedLines } from './changed-lines.js';

/** Member by member, what a definition was and what it has become. */
export function Difference({ difference }: { difference: NonNullable<UpstreamTool['difference']> }) {
  return (
    <div class="difference">
      {difference.map(({ member, approved, pending }) => (
        <section key={member}>
          <h3>{writtenOut(member)}</h3>
          <pre>
            {changedLines(textOf(approved), textOf(pending)).map(({ sign, text }, index) => (
              <span key={index} class={`line ${classes[sign]}`}>
                {`${sign} ${writtenOut(text)}\n`}
              </span>
            ))}
          </pre>
        </section>
      ))}
    </div>
  );
}

const classes = { '-': 'taken', '+': 'added', ' ': '' };

function textOf(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : json(value);
}
