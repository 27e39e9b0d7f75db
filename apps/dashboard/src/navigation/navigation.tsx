import { Icon } from '../ui/icon.js';
import { linkTo } from './place.js';
import { currentView, groups } from './views.js';

export function Navigation() {
  const current = currentView.value;
  return (
    <nav class="navigation" aria-label="Views">
      {groups.map(([name, views]) => (
        <div key={name} class="navigation-group">
          <p class="navigation-name">{name}</p>
          <ul>
            {views.map((view) => (
              <li key={view.path}>
                <a
                  href={linkTo(view.path)}
                  class="navigation-link"
                  {...(view === current && { 'aria-current': 'page' as const })}
                >
                  <Icon name={view.icon} />
                  {view.title}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
