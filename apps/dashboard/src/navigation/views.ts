import { computed } from '@preact/signals';
import type { ComponentType } from 'preact';
import type { IconName } from '../ui/icon.js';
import { Alerts } from '../views/alerts/alerts.js';
import { Approvals } from '../views/approvals/approvals.js';
import { Audit } from '../views/audit/audit.js';
import { Configuration } from '../views/configuration/configuration.js';
import { Keys } from '../views/keys/keys.js';
import { Limits } from '../views/limits/limits.js';
import { Live } from '../views/live/live.js';
import { Logs } from '../views/logs/logs.js';
import { Overview } from '../views/overview/overview.js';
import { Tools } from '../views/tools/tools.js';
import { Upstreams } from '../views/upstreams/upstreams.js';
import { path } from './place.js';

export interface View {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  readonly component: ComponentType;
}

/** The table of contents, in groups. */
export const groups: readonly (readonly [string, readonly View[]])[] = [
  [
    'Watch',
    [
      { path: 'overview', title: 'Overview', icon: 'overview', component: Overview },
      { path: 'live', title: 'Live calls', icon: 'live', component: Live },
      { path: 'alerts', title: 'Alerts', icon: 'alerts', component: Alerts },
      { path: 'logs', title: 'Logs', icon: 'logs', component: Logs },
      { path: 'audit', title: 'Audit', icon: 'audit', component: Audit },
    ],
  ],
  [
    'Use',
    [
      { path: 'tools', title: 'Tools', icon: 'tools', component: Tools },
      { path: 'upstreams', title: 'Upstreams', icon: 'upstreams', component: Upstreams },
      { path: 'approvals', title: 'Approvals', icon: 'approvals', component: Approvals },
    ],
  ],
  [
    'Govern',
    [
      { path: 'keys', title: 'Keys', icon: 'keys', component: Keys },
      { path: 'limits', title: 'Limits and blocks', icon: 'limits', component: Limits },
      { path: 'configuration', title: 'Configuration', icon: 'configuration', component: Configuration },
    ],
  ],
];

const views = groups.flatMap(([, group]) => group);
const [first] = views as [View, ...View[]];

export const currentView = computed(() => views.find((view) => view.path === path.value) ?? first);
