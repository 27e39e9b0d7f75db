import { execFile } from 'node:child_process';

/** The account under which PostgreSQL runs when the gateway is root, which PostgreSQL refuses to be. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** All that PostgreSQL's programs get to know of the gateway's environment. */
export const CLEAN_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', TZ: 'UTC' };

/** Runs a program to its end. `output` is what it wrote on both streams; a failure is an answer, not a rejection. */
export async function run(file: string, args: string[], user?: ServerUser): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const account = user && { uid: user.uid, gid: user.gid };
    execFile(file, args, { ...account, cwd: '/', env: CLEAN_ENVIRONMENT }, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() || (error?.message ?? '') });
    });
  });
}
