/** What can be asked of a Docker engine, in the words of the `docker` command. */
export type ContainerQuestion =
  | { readonly about: 'ps'; readonly all: boolean }
  | { readonly about: 'images'; readonly reference?: string | undefined }
  | {
      readonly about: 'logs';
      readonly container: string;
      readonly tail?: number | undefined;
      readonly since?: string | undefined;
      readonly until?: string | undefined;
      readonly timestamps: boolean;
    }
  | { readonly about: 'inspect' | 'stats'; readonly container: string }
  | { readonly about: 'info' };

/** The engine of the docker service, of which only is read, for services that show it in another way. */
export abstract class ContainerQuestions {
  /**
   * Answers as the docker tools do: a text for a log, else an object. Rejects with an OperationError: `invalid` for a
   * question that can't be, `failed` for what the engine refuses, `unavailable` where there is none.
   */
  abstract ask(question: ContainerQuestion, signal: AbortSignal): Promise<string | object>;
}
