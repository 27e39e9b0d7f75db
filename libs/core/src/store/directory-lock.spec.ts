import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { StartError } from '#libs/kit';
import { DirectoryLock } from './directory-lock.js';
import { startTimeOf } from './process-facts.js';
import { ChildPrograms, nextLine, temporaryDirectory } from './testing/child-programs.js';

const STARTERS = 4;
const HOUR_MS = 3_600_000;
const ROUNDS = 100;
const ROUND_MS = 4;

const dead = JSON.stringify({ id: 'x', pid: 2 ** 22 + 1, startedAt: '2026-01-01T00:00:00.000Z' });

describe('DirectoryLock', () => {
  let programs: ChildPrograms;
  let directory: string;
  let path: string;

  beforeAll(() => {
    programs = new ChildPrograms();
    return () => programs.close();
  });

  beforeEach(() => {
    directory = temporaryDirectory();
    path = join(directory, 'gateway.lock');
    return () => rmSync(directory, { recursive: true });
  });

  /** Starters in processes of their own try for each of `paths` at the same instant; counts the winners of each. */
  async function race(paths: string[]): Promise<number[]> {
    const children = Array.from({ length: STARTERS }, () =>
      programs.start(`
        import { DirectoryLock } from './store/directory-lock.js';
        const now = () => performance.timeOrigin + performance.now();
        console.log('up');
        process.stdin.once('data', (data) => {
          const { startAt, paths } = JSON.parse(data);
          const won = paths.map((path, round) => {
            while (now() < startAt + round * ${ROUND_MS});
            try {
              new DirectoryLock(path).acquire();
              return 1;
            } catch (error) {
              if (error.name === 'StartError') return 0;
              throw error;
            }
          });
          console.log(JSON.stringify(won));
        });`),
    );
    await Promise.all(children.map(nextLine));
    const outcomes = Promise.all(children.map(nextLine));
    for (const child of children) child.stdin!.write(JSON.stringify({ startAt: Date.now() + 50, paths }));
    const won = (await outcomes).map((line) => JSON.parse(line) as number[]);
    for (const child of children) child.kill('SIGKILL');
    return paths.map((_path, round) => won.reduce((sum, each) => sum + each[round]!, 0));
  }

  const rounds = () => Array.from({ length: ROUNDS }, (_, round) => join(directory, `lock-${round}`));
  const oneWinnerEach = Array.from({ length: ROUNDS }, () => 1);

  it('tells a second gateway who holds the directory and what to do', () => {
    const first = new DirectoryLock(path);
    first.acquire();
    first.hold('http://127.0.0.1:8100');
    const { startedAt } = JSON.parse(readFileSync(path, 'utf8')) as { startedAt: string };
    expect(() => new DirectoryLock(path).acquire()).toThrow(
      new StartError(
        `Another gateway (pid ${process.pid}, started ${startedAt}, http://127.0.0.1:8100) is using ${directory}. ` +
          'Stop it, or set DATA_DIR to another directory.',
      ),
    );
  });

  it('is free again after its release, and leaves nothing behind', () => {
    const first = new DirectoryLock(path);
    first.acquire();
    first.hold('http://127.0.0.1:8100');
    first.release();
    expect(readdirSync(directory)).toEqual([]);
    new DirectoryLock(path).acquire();
  });

  it('does not remove the lock of somebody else', () => {
    const first = new DirectoryLock(path);
    first.acquire();
    writeFileSync(path, JSON.stringify({ id: 'another', pid: process.pid, startedAt: 'now' }));
    first.release();
    expect(existsSync(path)).toBe(true);
  });

  it.each([
    ['a process that is gone', { id: 'x', pid: 2 ** 22 + 1, startedAt: '2026-01-01T00:00:00.000Z' }],
    ['nobody', {}],
  ])('takes over a lock that names %s', (_what, content) => {
    writeFileSync(path, JSON.stringify(content));
    new DirectoryLock(path).acquire();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(readdirSync(directory)).toEqual(['gateway.lock']);
  });

  it('takes over an empty file, as a crash of the machine may leave it', () => {
    writeFileSync(path, '');
    new DirectoryLock(path).acquire();
  });

  if (process.platform === 'linux')
    it('takes over the lock of an earlier process with the same id', () => {
      const earlier = String(Number(startTimeOf(process.pid)) - 1);
      writeFileSync(path, JSON.stringify({ id: 'x', pid: process.pid, processStart: earlier, startedAt: 'then' }));
      new DirectoryLock(path).acquire();
    });

  describe('of a gateway in another container', () => {
    // whose process nobody here can find
    const elsewhere = { ...(JSON.parse(dead) as object), host: 'another-container', address: 'http://0.0.0.0:8100' };

    const renewed = (secondsAgo: number) => {
      writeFileSync(path, JSON.stringify(elsewhere));
      const then = new Date(Date.now() - secondsAgo * 1_000);
      utimesSync(path, then, then);
    };

    it('counts while it is renewed', () => {
      renewed(5);
      expect(() => new DirectoryLock(path).acquire()).toThrow(
        new StartError(
          `Another gateway (pid ${2 ** 22 + 1} on another-container, started 2026-01-01T00:00:00.000Z, http://0.0.0.0:8100) is ` +
            `using ${directory}. Stop it, or set DATA_DIR to another directory. If it was killed, it counts as gone after 15 seconds.`,
        ),
      );
    });

    it.each([
      ['ahead', 5, HOUR_MS, true],
      ['behind', 20, -HOUR_MS, false],
    ])('counts by the clock of the file system where that of this machine is %s', (_where, secondsAgo, ms, counts) => {
      renewed(secondsAgo);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
      const second = new DirectoryLock(path);
      try {
        if (counts) expect(() => second.acquire()).toThrow(StartError);
        else second.acquire();
      } finally {
        vi.useRealTimers();
        second.release();
      }
    });

    it('is taken over when it has not been renewed for a while', () => {
      renewed(20);
      const second = new DirectoryLock(path);
      second.acquire();
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
      second.release();
    });
  });

  it('is renewed as long as it is held, and no longer, by the clock of the file system', () => {
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], now: now + HOUR_MS });
    const lock = new DirectoryLock(path);
    lock.acquire();
    const before = new Date(1_000);
    utimesSync(path, before, before);
    vi.advanceTimersByTime(2_000);
    expect(Math.abs(statSync(path).mtimeMs - now)).toBeLessThan(60_000);
    lock.release();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  describe('that another gateway has taken over', () => {
    const thief = JSON.stringify({ ...(JSON.parse(dead) as object), id: 'thief', host: 'another-container' });

    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      return () => {
        vi.useRealTimers();
        vi.restoreAllMocks();
      };
    });

    /** As a takeover does: another file in the place of the first. */
    function takeOver(): number {
      writeFileSync(`${path}.next`, thief);
      utimesSync(`${path}.next`, new Date(1_000), new Date(1_000));
      renameSync(`${path}.next`, path);
      return statSync(path).mtimeMs;
    }

    it.each<[string, (lock: DirectoryLock) => void]>([
      ['renewed', () => void vi.advanceTimersByTime(2_000)],
      ['written anew', (lock) => lock.hold('http://127.0.0.1:8100')],
    ])('is told and not touched when it would be %s', (_what, renew) => {
      const lost = vi.fn();
      const lock = new DirectoryLock(path, lost);
      lock.acquire();
      const taken = takeOver();
      renew(lock);
      expect(lost.mock.calls).toEqual([
        [expect.stringMatching(/ is used by another gateway now .*on another-container/)],
      ]);
      lock.release();
      expect([vi.getTimerCount(), statSync(path).mtimeMs, readFileSync(path, 'utf8')]).toEqual([0, taken, thief]);
    });

    it('ends the process, which is a failure', () => {
      const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
      const said = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      new DirectoryLock(path).acquire();
      takeOver();
      vi.advanceTimersByTime(2_000);
      const { exitCode } = process;
      process.exitCode = undefined;
      expect([kill.mock.calls, exitCode]).toEqual([[[process.pid, 'SIGTERM']], 1]);
      expect(said.mock.calls).toEqual([[expect.stringMatching(/another gateway now .* This process ends/)]]);
    });
  });

  it('has one winner among starters that find no lock', async () => {
    expect(await race(rounds())).toEqual(oneWinnerEach);
  });

  it('has one winner among starters that find the lock of a dead gateway', async () => {
    const paths = rounds();
    for (const lock of paths) writeFileSync(lock, dead);
    expect(await race(paths)).toEqual(oneWinnerEach);
  });

  it('has one winner when a starter died while it was taking over', async () => {
    const turn = createHash('sha256').update(dead).digest('hex').slice(0, 16);
    const paths = rounds();
    for (const lock of paths) for (const file of [lock, `${lock}.${turn}`]) writeFileSync(file, dead);
    expect(await race(paths)).toEqual(oneWinnerEach);
  });
});
