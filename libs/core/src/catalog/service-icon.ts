/** Seen on light and on dark. */
const COLOUR = '#64748b';

/** The picture of a service as an address that holds it whole, from the path that it declares. */
export function serviceIcon(path: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="${COLOUR}"><path d="${path}"/></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
