import { Icon } from './icon.js';

interface SearchFieldProps {
  /** What it is for those who can't see it. */
  label: string;
  placeholder?: string;
  value: string;
  narrow?: boolean;
  onText: (text: string) => void;
}

export function SearchField({ label, placeholder = label, value, narrow = false, onText }: SearchFieldProps) {
  return (
    <label class={narrow ? 'search narrow' : 'search'}>
      <Icon name="search" />
      <input
        type="search"
        placeholder={placeholder}
        aria-label={label}
        value={value}
        onInput={(event) => onText(event.currentTarget.value)}
      />
    </label>
  );
}
