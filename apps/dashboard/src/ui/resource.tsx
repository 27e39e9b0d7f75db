import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Failed, Loading } from './states.js';

export interface Resource<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly reload: () => void;
  /** Shows what is known from elsewhere, such as the answer to a change. */
  readonly set: (change: (data: T) => T) => void;
}

/** What the gateway answers to a question that is asked again when `asked` changes; the old answer stands meanwhile. */
export function useResource<T>(ask: () => Promise<T>, asked: readonly unknown[] = []): Resource<T> {
  const [state, setState] = useState<{ data?: T; error?: unknown }>({});
  const turn = useRef(0);
  const reload = useCallback(() => {
    const mine = (turn.current += 1);
    const isNewest = () => turn.current === mine;
    ask().then(
      (data) => isNewest() && setState({ data }),
      (error: unknown) => isNewest() && setState((before) => ({ ...before, error })),
    );
  }, asked);
  useEffect(() => {
    reload();
    return () => {
      turn.current += 1;
    };
  }, [reload]);
  const set = useCallback((change: (data: T) => T) => {
    setState((before) => (before.data === undefined ? before : { ...before, data: change(before.data) }));
  }, []);
  return { data: state.data, error: state.error, reload, set };
}

interface LoadedProps<T> {
  resource: Resource<T>;
  rows?: number;
  children: (data: T) => ComponentChildren;
}

export function Loaded<T>({ resource, rows = 4, children }: LoadedProps<T>) {
  const { data, error, reload } = resource;
  if (data === undefined)
    return error === undefined ? <Loading rows={rows} /> : <Failed error={error} retry={reload} />;
  return <>{children(data)}</>;
}
