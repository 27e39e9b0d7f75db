import { useId } from 'preact/hooks';
import type { FormField } from './form-fields.js';

interface Props {
  field: FormField;
  value: string;
  problem: string | undefined;
  onType: (text: string) => void;
}

/** One argument, with the control that suits it. */
export function Field({ field, value, problem, onType }: Props) {
  const id = useId();
  const { name, required, description, initial } = field;
  return (
    <div class="field">
      <label class="field-label" for={id}>
        <code>{name}</code>
        {required && <span class="needed">needed</span>}
      </label>
      <Control field={field} id={id} value={value} problem={problem} onType={onType} />
      <p id={`${id}-hint`} class="hint">
        {problem !== undefined && <span class="bad-text">{problem}. </span>}
        {description}
        {initial !== '' && ` Without it: ${initial}.`}
      </p>
    </div>
  );
}

function Control({ field, id, value, problem, onType }: Props & { id: string }) {
  const { name, kind, choices, initial } = field;
  const told = { id, name, value, 'aria-describedby': `${id}-hint`, 'aria-invalid': problem !== undefined };
  switch (kind) {
    case 'choice':
    case 'switch':
      return (
        <select {...told} onChange={(event) => onType(event.currentTarget.value)}>
          <option value="">–</option>
          {(kind === 'switch' ? ['true', 'false'] : choices).map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      );
    case 'long':
    case 'lines':
    case 'json':
      return (
        <textarea
          {...told}
          rows={kind === 'long' ? 3 : 2}
          spellcheck={false}
          placeholder={placeholders[kind]}
          onInput={(event) => onType(event.currentTarget.value)}
        />
      );
    case 'text':
    case 'number':
      return (
        <input
          {...told}
          type="text"
          inputMode={kind === 'number' ? 'decimal' : 'text'}
          autocomplete="off"
          spellcheck={false}
          placeholder={initial}
          onInput={(event) => onType(event.currentTarget.value)}
        />
      );
  }
}

const placeholders = { long: '', lines: 'one on each line', json: 'JSON' };
