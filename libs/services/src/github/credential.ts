import { OperationError } from '#libs/kit';
import type { GithubSettings } from './github.settings.js';

/** As whom the gateway asks GitHub. */
export type Credential =
  | { readonly kind: 'app'; readonly appId: string; readonly installationId: number; readonly privateKey: string }
  | { readonly kind: 'token'; readonly token: string };

type CredentialSettings = Pick<GithubSettings, 'appId' | 'installationId' | 'privateKey' | 'pat'>;

/** The App where it is complete, else the token; undefined where there is neither. */
export function credentialOf({ appId, installationId, privateKey, pat }: CredentialSettings): Credential | undefined {
  if (appId !== undefined && installationId !== undefined && privateKey !== undefined) {
    return { kind: 'app', appId, installationId, privateKey };
  }
  return pat === undefined ? undefined : { kind: 'token', token: pat };
}

/** The variables without which there is no credential: the rest of an App that was begun, or else all that would do. */
export function missingOf({ appId, installationId, privateKey }: CredentialSettings): string[] {
  const app = { GITHUB_APP_ID: appId, GITHUB_INSTALLATION_ID: installationId, GITHUB_PRIVATE_KEY: privateKey };
  const missing = Object.entries(app).flatMap(([name, value]) => (value === undefined ? [name] : []));
  return missing.length < Object.keys(app).length ? missing : [...missing, 'GITHUB_PAT'];
}

export function notConfigured(missing: readonly string[]): OperationError {
  return new OperationError('not-configured', notConfiguredReason(missing), { missing: [...missing] });
}

export function notConfiguredReason(missing: readonly string[]): string {
  const needed = missing.includes('GITHUB_PAT')
    ? 'GITHUB_APP_ID, GITHUB_INSTALLATION_ID and GITHUB_PRIVATE_KEY for a GitHub App, or GITHUB_PAT for a token'
    : missing.join(' and ');
  return `GitHub is not configured: the operator has to set ${needed}`;
}
