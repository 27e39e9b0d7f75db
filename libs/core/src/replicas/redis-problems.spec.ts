import { expect, it } from 'vitest';
import { redisProblem, refusalOf } from './redis-problems.js';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });
const withCode = (code: string, message = 'x') => Object.assign(new Error(message), { code });

it.each([
  ["READONLY You can't write against a read only replica.", 'READONLY', /read-only/],
  // as Redis 6 and 7 answer scripts
  [
    "ERR Error running script (call to f_0a): @user_script:3: @user_script: 3: -OOM command not allowed when used memory > 'maxmemory'.",
    'OOM',
    /memory is full/,
  ],
  ["OOM command not allowed when used memory > 'maxmemory'. script: 0a, on @user_script:3.", 'OOM', /memory is full/],
  ['MISCONF Redis is configured to save RDB snapshots, but', 'MISCONF', /see its log/],
  ['LOADING Redis is loading the dataset in memory', 'LOADING', /loading/],
  ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS', /without its replicas/],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS', /REDIS_URL is wrong/],
  ["NOPERM this user has no permissions to run the 'set' command", undefined, /^NOPERM/],
  ['ERR value of OOM is out of range', undefined, /^ERR/],
])('knows what all is refused with: %s', (text, refusal, problem) => {
  expect(refusalOf(reply(text))).toBe(refusal);
  expect(redisProblem(reply(text))).toMatch(problem);
});

it.each<[unknown, string | undefined]>([
  [withCode('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.7:6379'), 'the connection was refused'],
  [new AggregateError([withCode('ECONNREFUSED')]), 'the connection was refused'],
  [withCode('ENOTFOUND', 'getaddrinfo ENOTFOUND redis.internal'), 'its host name is not known'],
  [withCode('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'), 'self-signed certificate'],
  [new Error('no answer within 500 ms'), 'no answer within 500 ms'],
  [new Error("Stream isn't writeable and enableOfflineQueue options is false"), undefined],
  [new Error('Connection is closed.'), undefined],
  [new Error('Reached the max retries per request limit (which is 0). Refer to'), undefined],
])('tells of %s no more than what it means', (error, problem) => {
  expect(redisProblem(error)).toBe(problem);
});
