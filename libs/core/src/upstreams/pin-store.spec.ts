import { Logger } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import { PinStore } from './pin-store.js';

it('forgets an upstream that was deleted also where the store goes away right after', async () => {
  const warned = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  const away = () => Promise.reject(new OperationError('unavailable', 'The store is away'));
  const pins = new PinStore({ run: away } as never, {} as never);
  pins.keepOffer('wiki', {} as never);
  await pins.forget('wiki');
  expect(warned).toHaveBeenCalledWith(expect.stringContaining('The store is away'));
  warned.mockRestore();
});
