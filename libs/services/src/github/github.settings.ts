import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { setting, settings, value } from '#libs/kit';

const name = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,100}(\/[A-Za-z0-9_.-]{1,100})?$/)
    .describe('a name as in the address of a repository');

const privateKey = z
  .string()
  .transform((text) => text.replaceAll('\\n', '\n'))
  .refine(isRsaKey)
  .describe('the private key of a GitHub App as PEM; its line breaks may be written as \\n');

/** What the github service reads from the environment. */
export class GithubSettings extends settings({
  appId: setting(
    'GITHUB_APP_ID',
    z
      .string()
      .regex(/^[A-Za-z0-9.]{1,64}$/)
      .describe('the id of a GitHub App'),
    {
      key: 'github.appId',
      description: 'The GitHub App as which the gateway works: its App ID or client id',
    },
  ),
  installationId: setting('GITHUB_INSTALLATION_ID', value.wholeNumber(1, 999_999_999_999), {
    key: 'github.installationId',
    description: 'The installation of that App: the number at the end of the address of its settings',
  }),
  privateKey: setting('GITHUB_PRIVATE_KEY', privateKey, {
    key: 'github.privateKey',
    description: 'A private key of that App, as PEM; line breaks may be written as \\n',
    secret: true,
    renewable: true,
  }),
  pat: setting('GITHUB_PAT', value.text(), {
    key: 'github.pat',
    description: 'A personal access token, used where no App is configured',
    secret: true,
    renewable: true,
  }),
  owner: setting('GITHUB_OWNER', name(), {
    key: 'github.owner',
    description: 'Organization or user whose repositories are meant where a call names none',
  }),
  repo: setting('GITHUB_REPO', name(), {
    key: 'github.repo',
    description: 'Repository that is meant where a call names none',
  }),
  apiUrl: setting('GITHUB_API_URL', value.url('https', 'http'), {
    key: 'github.apiUrl',
    description: 'Where the API is; of GitHub Enterprise Server https://<host>/api/v3',
    default: 'https://api.github.com',
  }),
}) {}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
