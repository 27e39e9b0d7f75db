import { isUrl, type SettingsClass } from '#libs/kit';

/** Every secret that the settings hold, and the passwords in those that are URLs. */
export function secretsOf(values: ReadonlyMap<SettingsClass, object>): string[] {
  return [...values].flatMap(([type, settings]) =>
    Object.entries(type.shape).flatMap(([key, declared]) => {
      const held = (settings as Record<string, unknown>)[key];
      if (!('members' in declared)) return declared.secret ? textsOf(held) : [];
      const secret = Object.entries(declared.members).flatMap(([name, member]) => (member.secret ? name : []));
      return [...(held as ReadonlyMap<string, Record<string, unknown>>).values()].flatMap((member) =>
        secret.flatMap((name) => textsOf(member[name])),
      );
    }),
  );
}

/** A setting that was taken apart, such as a header, has its secret in a member: as it is, and without its scheme. */
function textsOf(held: unknown): string[] {
  if (typeof held === 'object' && held !== null) {
    const texts = Object.values(held).filter((member) => typeof member === 'string');
    return texts.flatMap((text) => [text, text.replace(/^\S+ +/, '')]);
  }
  if (typeof held !== 'string') return [];
  const { username, password } = isUrl(held) ? new URL(held) : { username: '', password: '' };
  if (password === '') return [held];
  const basic = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64');
  return [held, password, decoded(password), basic];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
