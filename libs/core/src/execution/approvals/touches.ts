import type { CatalogOperation } from '../../catalog/catalog-entry.js';

/** What a call would change, in words for the person who is asked about it. */
export function touchesOf(
  { annotations, touches, description, backEnd }: CatalogOperation,
  input: Record<string, unknown>,
) {
  const named = touches?.(input) ?? [];
  const place = backEnd?.(input);
  return [
    ...named,
    ...(named.length === 0 ? [description] : []),
    ...(place === undefined ? [] : [`Reaches ${place}`]),
    annotations.readOnly === true
      ? 'Reads only'
      : annotations.destructive === false
        ? 'Adds, and overwrites nothing'
        : 'May overwrite or delete what is there',
  ];
}
