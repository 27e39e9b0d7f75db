import type { SettingsClass } from '#libs/kit';

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

function textsOf(held: unknown): string[] {
  if (typeof held !== 'string') return [];
  const password = URL.canParse(held) ? new URL(held).password : '';
  return password === '' ? [held] : [held, password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
