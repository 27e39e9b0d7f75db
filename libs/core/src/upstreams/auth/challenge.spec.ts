import { expect, it } from 'vitest';
import { challengeIn } from './challenge.js';

const at = 'https://mcp.example.com/meta.json';
const resourceMetadataUrl = new URL(at);

it.each([
  [`Bearer resource_metadata="${at}", scope="files:read files:write"`, 'files:read files:write'],
  [`bearer realm="a, b", scope="x" , Resource_Metadata="${at}"`, 'x'],
  [`Basic realm="scope=no", Bearer error="invalid_token", resource_metadata=${at}`, undefined],
  [`Bearer scope="a", resource_metadata="${at}", DPoP scope="b", resource_metadata="https://other.example.com"`, 'a'],
  [`Bearer my-scope="no", error_description="say \\"scope=no\\"", resource_metadata="${at}"`, undefined],
  [`Bearer scope="a\u0001b", resource_metadata="${at}"`, undefined],
])('reads what a server asks for: %j', (header, scope) => {
  expect(challengeIn(header)).toEqual({ resourceMetadataUrl, ...(scope !== undefined && { scope }) });
});

it.each([
  undefined,
  '',
  'Bearer',
  `Basic realm="x", resource_metadata="${at}"`,
  'Bearer resource_metadata="nowhere", scope=""',
  'Bearer resource_metadata="file:///etc/passwd"',
])('finds nothing in %j', (header) => {
  expect(challengeIn(header)).toEqual({});
});

it.each(['Bearer ' + 'a'.repeat(100_000), 'Bearer ' + 'a="'.repeat(30_000), ', '.repeat(50_000)])(
  'is done soon with what is made to take long: %.10s',
  (header) => {
    const startedAt = performance.now();
    challengeIn(header);
    expect(performance.now() - startedAt).toBeLessThan(500);
  },
);
