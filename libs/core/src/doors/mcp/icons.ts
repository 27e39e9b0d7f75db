/** The first revision whose clients know icons. */
const ICONS_SINCE = '2025-11-25';

export function knowsIcons(revision: string): boolean {
  return revision >= ICONS_SINCE;
}

/** The members that show the picture of a service; none where there is none. */
export function iconsOf(icon: string | undefined) {
  return icon === undefined ? {} : { icons: [{ src: icon, mimeType: 'image/svg+xml', sizes: ['any'] }] };
}
