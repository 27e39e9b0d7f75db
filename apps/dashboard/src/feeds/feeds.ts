import { CallFeed } from './call-feed.js';
import { LogFeed } from './log-feed.js';
import { MetricsFeed } from './metrics-feed.js';

/** They outlive a view, so that coming back to it does not begin anew. */
export const calls = new CallFeed();
export const metrics = new MetricsFeed();
export const logs = new LogFeed();

/** Who comes next may not see what came for whoever was here. */
export function clearFeeds(): void {
  calls.clear();
  metrics.clear();
  logs.clear();
}
