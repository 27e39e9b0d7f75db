import { MigrationExecutor, type DataSource, type Migration, type QueryRunner } from 'typeorm';

/** Moves the schema of a store back and forth through its migrations, inside the runner's transaction. */
export class SchemaHistory {
  constructor(
    private readonly source: DataSource,
    private readonly runner: QueryRunner,
  ) {}

  /** Names of all migrations that this gateway knows. */
  get known(): string[] {
    return this.source.migrations.map((migration) => migration.name ?? migration.constructor.name);
  }

  /** Names of those that the store has had, the last first. */
  async done(): Promise<string[]> {
    const executed = await new MigrationExecutor(this.source, this.runner).getExecutedMigrations();
    return executed.map(({ name }) => name);
  }

  /** Leaves nothing of what the last migrations made, of all without a number; answers their names, the last first. */
  async undo(count = Infinity): Promise<string[]> {
    const names = (await this.done()).slice(0, count);
    for (let left = names.length; left > 0; left--) {
      await new MigrationExecutor(this.source, this.runner).undoLastMigration();
    }
    return names;
  }

  /** Runs those of the named migrations that the store has not had; all of them without names. */
  async run(names: readonly string[] = this.known): Promise<void> {
    await new SomeMigrations(this.source, this.runner, new Set(names)).executePendingMigrations();
  }
}

class SomeMigrations extends MigrationExecutor {
  constructor(
    source: DataSource,
    runner: QueryRunner,
    private readonly names: ReadonlySet<string>,
  ) {
    super(source, runner);
  }

  protected override getMigrations(): Migration[] {
    return super.getMigrations().filter(({ name }) => this.names.has(name));
  }
}
