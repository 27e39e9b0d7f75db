/** Where the gateway keeps what is its own: its settings, secrets and store. Injectable by every service. */
export abstract class PrivatePlaces {
  /** Absolute paths of directories and files; what lies below them is not all private. */
  abstract readonly paths: readonly string[];
}
