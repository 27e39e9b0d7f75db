import { useEffect } from 'preact/hooks';
import { socket, welcomes } from '../session/session.js';
import { metrics } from './feeds.js';

/** A report each second, for as long as a component stands. */
export function useMetrics(): void {
  const turn = welcomes.value;
  useEffect(() => {
    const line = socket();
    if (!line) return undefined;
    line.on('metrics-update', metrics.take);
    line.emit('subscribe', { room: 'metrics' });
    return () => {
      line.off('metrics-update', metrics.take);
      if (line.connected) line.emit('unsubscribe', { room: 'metrics' });
    };
  }, [turn]);
}
