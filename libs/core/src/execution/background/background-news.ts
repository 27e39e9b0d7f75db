import { Injectable } from '@nestjs/common';
import { Store } from '../../store/store.js';

/** `due`: one may be taken; `cancelled` and `ended`: one of this id. */
type News = 'due' | 'cancelled' | 'ended';

const ABOUT = 'background';

/** Tells all gateways over the store of calls in the background. Who misses it looks soon enough by itself. */
@Injectable()
export class BackgroundNews {
  private readonly listeners = new Map<News, Set<(id: string) => void>>();

  constructor(private readonly store: Store) {
    store.onNotice((text) => {
      const [about, news, id = ''] = text.split(' ');
      if (about !== ABOUT) return;
      for (const listener of this.listeners.get(news as News) ?? []) listener(id);
    });
  }

  tell(news: News, id: string): void {
    this.store.notify(`${ABOUT} ${news} ${id}`).catch(() => undefined);
  }

  /** Answers what stops it. */
  on(news: News, listener: (id: string) => void): () => void {
    const listeners = this.listeners.get(news) ?? new Set();
    this.listeners.set(news, listeners.add(listener));
    return () => listeners.delete(listener);
  }
}
