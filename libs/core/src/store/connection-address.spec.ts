import { expect, it } from 'vitest';
import { StartError } from '#libs/kit';
import { addressOf } from './connection-address.js';

it('names the file that is missing, and no password', () => {
  const read = () =>
    addressOf('postgres://gateway:secret@db/gateway?sslmode=verify-full&sslrootcert=/nowhere/ssl/root.crt');
  expect(read).toThrow(
    new StartError("DATABASE_URL can't be used: /nowhere/ssl/root.crt, which it names, can't be read (ENOENT)."),
  );
});

it.each([
  'postgres://gateway:secret%FF@db/gateway',
  'postgres://gateway:secret@db/gateway?uselibpqcompat=true&sslmode=verify-ca',
])('says what is wrong with an address: %s', (url) => {
  expect(() => addressOf(url)).toThrow(StartError);
  expect(() => addressOf(url)).not.toThrow(/secret/);
});
