import { Icon } from './icon.js';

/** Holds what streams by, so that it can be read. */
export function PauseButton({ isPaused, onClick }: { isPaused: boolean; onClick: () => void }) {
  return (
    <button type="button" class="button" aria-pressed={isPaused} onClick={onClick}>
      <Icon name={isPaused ? 'play' : 'pause'} />
      {isPaused ? 'Go on' : 'Pause'}
    </button>
  );
}
