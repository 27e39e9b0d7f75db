import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { messageOf } from '../api/api-error.js';
import { Failed, Loading } from './states.js';

export interface Resource<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  /** Whether `data` and `error` are of what is asked now, and not of what was asked before. */
  readonly isCurrent: boolean;
  readonly reload: () => void;
  /** Shows what is known from elsewhere, such as the answer to a change, where the same is still asked. */
  readonly set: (change: (data: T) => T) => void;
}

interface State<T> {
  readonly question?: object;
  readonly data?: T;
  readonly error?: unknown;
}

/**
 * What the gateway answers to a question that is asked again when `asked` changes. The old answer stands until the new one
 * or its failure comes.
 */
export function useResource<T>(ask: () => Promise<T>, asked: readonly unknown[] = []): Resource<T> {
  const [state, setState] = useState<State<T>>({});
  const turn = useRef(0);
  const question = useMemo(() => ({ ask }), asked);
  const reload = useCallback(() => {
    const mine = (turn.current += 1);
    const isNewest = () => turn.current === mine;
    question.ask().then(
      (data) => isNewest() && setState({ question, data }),
      (error: unknown) =>
        isNewest() && setState((before) => (before.question === question ? { ...before, error } : { question, error })),
    );
  }, [question]);
  useEffect(() => {
    reload();
    return () => {
      turn.current += 1;
    };
  }, [reload]);
  const set = useCallback(
    (change: (data: T) => T) => {
      setState((before) =>
        before.question !== question || before.data === undefined ? before : { ...before, data: change(before.data) },
      );
    },
    [question],
  );
  return { data: state.data, error: state.error, isCurrent: state.question === question, reload, set };
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
  return (
    <>
      {error !== undefined && (
        <p class="problem" role="alert">
          This may have changed: {messageOf(error)}
        </p>
      )}
      {children(data)}
    </>
  );
}
