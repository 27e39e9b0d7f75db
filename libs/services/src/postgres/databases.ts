import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EmbeddedDatabases, invalidField, OperationError, StartError, type ServiceStatus } from '#libs/kit';
import { Database } from './database.js';
import { demoSeed } from './demo.js';
import { PostgresSettings } from './postgres.settings.js';
import { targetOf } from './session.js';

const wellKnownNames: ReadonlyMap<string, string> = new Map([
  ['KA', 'kids-ascension'],
  ['OL', 'ozean-licht'],
]);

/** The configured connections by name, or the demo database where none is configured. */
@Injectable()
export class Databases implements OnModuleInit, OnApplicationShutdown {
  private readonly configured: readonly Database[];
  private readonly demo: Database;

  /** Throws where two connections would answer to the same name. */
  constructor(
    settings: PostgresSettings,
    private readonly embedded: EmbeddedDatabases,
  ) {
    this.demo = new Database(
      {
        name: 'demo',
        aliases: ['demo-db'],
        allowSuperuser: false,
        moves: true,
        refuseToWrite: demoIsFixed,
        locate: () => this.embedded.provide('demo', demoSeed),
      },
      settings,
    );
    const variables = new Map<string, string>();
    this.configured = [...settings.databases].map(([id, connection]) => {
      const name = connection.name ?? wellKnownNames.get(id) ?? fold(id);
      const aliases = [...new Set([`${name}-db`, fold(id)])].filter((alias) => alias !== name);
      const variable = `POSTGRES_${id}_URL`;
      const database = new Database(
        {
          name,
          aliases,
          allowSuperuser: connection.allowSuperuser,
          moves: false,
          ...(!connection.write && { refuseToWrite: () => writingIsOff(name, id) }),
          address: () => `${connection.url ?? ''} ${connection.password ?? ''}`,
          locate: () => Promise.resolve(targetOf(connection.url ?? '', connection.password)),
        },
        settings,
      );
      for (const each of [name, ...aliases]) {
        const other = variables.get(each);
        if (other) throw new StartError(collision(each, other, variable, id));
        variables.set(each, variable);
      }
      return database;
    });
  }

  /** Opens the databases in the background, so that a wrong role or a seed in the making shows before the first call. */
  onModuleInit(): void {
    for (const database of this.all()) void database.probe();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.configured, this.demo].map((database) => database.close()));
  }

  /** Empty where there is nothing to read. */
  all(): readonly Database[] {
    if (this.configured.length > 0) return this.configured;
    return this.embedded.available ? [this.demo] : [];
  }

  /** The database of this name; without a name the first one. */
  get(name?: string): Database {
    const all = this.all();
    if (all.length === 0) throw notConfigured();
    const found = this.find(name);
    const absent = found ? undefined : wellKnown(name);
    if (absent) throw notConfigured(`The database ${absent.known} is not`, absent.variable);
    if (!found)
      throw invalidField('database', `one of ${all.map((database) => database.name).join(', ')}`, JSON.stringify(name));
    return found;
  }

  /** As `get`, but undefined where there is no such database. */
  find(name?: string): Database | undefined {
    const all = this.all();
    if (name === undefined) return all[0];
    const wanted = fold(name);
    return all.find((database) => database.name === wanted || database.aliases.includes(wanted));
  }

  /** The one name of a database, also where there is none of this name. */
  nameOf(name: string): string {
    return this.find(name)?.name ?? fold(name);
  }

  status(): ServiceStatus {
    const all = this.all();
    if (all.length === 0) return { state: 'not configured', missing: ['POSTGRES_<ID>_URL'] };
    const reasons = all.map((database) => database.problem).filter((problem) => problem !== undefined);
    if (reasons.length === 0) return { state: 'ready' };
    return { state: reasons.length < all.length ? 'degraded' : 'unavailable', reason: reasons.join('; ') };
  }
}

/** Of a database that people know by its name, where that is one. */
function wellKnown(name = ''): { readonly known: string; readonly variable: string } | undefined {
  const wanted = fold(name).replace(/-db$/, '');
  for (const [id, known] of wellKnownNames) if (wanted === known) return { known, variable: `POSTGRES_${id}_URL` };
  return undefined;
}

function notConfigured(what = 'No database is', variable = 'POSTGRES_<ID>_URL'): OperationError {
  const message = `${what} configured: the operator sets ${variable}`;
  return new OperationError('not-configured', message, { missing: [variable] });
}

function writingIsOff(name: string, id: string): OperationError {
  const variable = `POSTGRES_${id}_WRITE`;
  return new OperationError(
    'not-configured',
    `The database ${name} can only be read: the operator sets ${variable}=true to let it be changed`,
    { missing: [variable] },
  );
}

function demoIsFixed(): OperationError {
  return new OperationError(
    'failed',
    'The demo database can only be read; a database of your own is configured by POSTGRES_<ID>_URL and POSTGRES_<ID>_WRITE=true',
  );
}

function collision(name: string, one: string, other: string, id: string): string {
  return `${one} and ${other} would both be called "${name}"; set POSTGRES_${id}_NAME to another name`;
}

/** Names are written in lower case with `-`; people also write `KIDS_ASCENSION`. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
