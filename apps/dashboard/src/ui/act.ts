import { messageOf } from '../api/api-error.js';
import { toast } from './toasts.js';

/** Does what somebody asked for, and tells how it ended. Answers whether it succeeded. */
export async function act(work: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await work();
    toast(done);
    return true;
  } catch (error) {
    toast(messageOf(error), 'bad');
    return false;
  }
}
