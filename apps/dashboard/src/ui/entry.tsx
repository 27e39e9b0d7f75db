import { useId } from 'preact/hooks';

interface Props {
  label: string;
  value: string;
  onType: (text: string) => void;
  hint?: string;
  placeholder?: string;
  type?: 'text' | 'number' | 'datetime-local' | 'password';
  /** Of a number. */
  step?: 1 | 'any';
  required?: boolean;
  lines?: number;
}

/** One thing to fill in. */
export function Entry({
  label,
  value,
  onType,
  hint,
  placeholder,
  type = 'text',
  step,
  required = false,
  lines,
}: Props) {
  const id = useId();
  // the types of inputs are told apart by literals, one by one
  const kind: object = { type, step };
  const told = {
    id,
    value,
    placeholder,
    required,
    autocomplete: 'off',
    spellcheck: false,
    ...(hint !== undefined && { 'aria-describedby': `${id}-hint` }),
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {lines === undefined ? (
        <input {...told} {...kind} onInput={(event) => onType(event.currentTarget.value)} />
      ) : (
        <textarea {...told} rows={lines} onInput={(event) => onType(event.currentTarget.value)} />
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}
