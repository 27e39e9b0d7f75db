import { computed } from '@preact/signals';
import type { ComponentType } from 'preact';
import type { IconName } from '../ui/icon.js';
import { Live } from '../views/live/live.js';
import { Overview } from '../views/overview/overview.js';
import { Tools } from '../views/tools/tools.js';
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
    ],
  ],
  ['Use', [{ path: 'tools', title: 'Tools', icon: 'tools', component: Tools }]],
];

const views = groups.flatMap(([, group]) => group);
const [first] = views as [View, ...View[]];

export const currentView = computed(() => views.find((view) => view.path === path.value) ?? first);
