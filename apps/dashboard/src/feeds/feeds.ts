import { CallFeed } from './call-feed.js';
import { LogFeed } from './log-feed.js';
import { MetricsFeed } from './metrics-feed.js';

/** They outlive a view, so that coming back to it does not begin anew. */
export const calls = new CallFeed();
export const metrics = new MetricsFeed();
export const logs = new LogFeed();
