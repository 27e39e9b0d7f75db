import { afterAll, beforeAll } from 'vitest';
import { createDatabase, type TestDatabase } from './database.js';
import { GatewayProcesses } from './gateway-process.js';

interface ProcessFixture {
  readonly processes: GatewayProcesses;
  readonly database: TestDatabase;
}

/** Gateways as whole processes, and a database for them, as long as the tests of a file or group run. */
export function useGatewayProcesses(): ProcessFixture {
  let made: ProcessFixture;
  beforeAll(async () => {
    made = { processes: new GatewayProcesses(), database: await createDatabase() };
  });
  afterAll(async () => {
    await made.processes.close();
    await made.database.drop();
  });
  return {
    get processes() {
      return made.processes;
    },
    get database() {
      return made.database;
    },
  };
}
