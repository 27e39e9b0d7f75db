import { credentialOf, missingOf, notConfigured } from './credential.js';
import { expect, it } from 'vitest';

type Given = Parameters<typeof credentialOf>[0];
const nothing: Given = { appId: undefined, installationId: undefined, privateKey: undefined, pat: undefined };
const app = { appId: '1', installationId: 2, privateKey: 'PEM' };

it.each<[string, Partial<Given>, unknown]>([
  ['the App', app, { kind: 'app', ...app }],
  ['the App before the token', { ...app, pat: 'T' }, { kind: 'app', ...app }],
  ['the token', { pat: 'T' }, { kind: 'token', token: 'T' }],
  ['the token beside half an App', { appId: '1', pat: 'T' }, { kind: 'token', token: 'T' }],
  ['nothing', {}, undefined],
  ['nothing of half an App', { appId: '1', installationId: 2 }, undefined],
])('takes %s', (_name, given, credential) => {
  expect(credentialOf({ ...nothing, ...given })).toEqual(credential);
});

it('names the rest of an App that was begun', () => {
  expect(missingOf({ ...nothing, appId: '1' })).toEqual(['GITHUB_INSTALLATION_ID', 'GITHUB_PRIVATE_KEY']);
});

it('names both ways where nothing is set, and says that one of them will do', () => {
  const missing = missingOf(nothing);
  expect(missing).toEqual(['GITHUB_APP_ID', 'GITHUB_INSTALLATION_ID', 'GITHUB_PRIVATE_KEY', 'GITHUB_PAT']);
  expect(notConfigured(missing)).toMatchObject({
    kind: 'not-configured',
    message: expect.stringContaining('for a GitHub App, or GITHUB_PAT for a token') as unknown,
    details: { missing },
  });
});
