import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { StartError } from '#libs/kit';
import type { ServerSettings } from '../../config/server.settings.js';

/** What the gateway shows clients that speak TLS, and proves to be its own; both as PEM. */
export interface Certificate {
  /** With those of the authorities between it and one that clients trust. */
  readonly cert: Buffer;
  readonly key: Buffer;
}

type Files = Pick<ServerSettings, 'tlsCertFile' | 'tlsKeyFile'>;

/**
 * Reads the files anew; undefined where none is set. Throws a StartError that names the variable where a file can't be read or
 * holds something else, or where the two don't belong together.
 */
export function readCertificate({ tlsCertFile, tlsKeyFile }: Files): Certificate | undefined {
  if (tlsCertFile === undefined && tlsKeyFile === undefined) return undefined;
  if (tlsKeyFile === undefined) throw new StartError('TLS_CERT_FILE needs TLS_KEY_FILE: the key of the certificate.');
  if (tlsCertFile === undefined) throw new StartError('TLS_KEY_FILE needs TLS_CERT_FILE: the certificate of the key.');
  const cert = contentOf('TLS_CERT_FILE', tlsCertFile);
  const key = contentOf('TLS_KEY_FILE', tlsKeyFile);
  refuse({ cert }, 'TLS_CERT_FILE must hold a certificate as PEM');
  refuse({ key }, 'TLS_KEY_FILE must hold a private key as PEM, without a passphrase');
  refuse({ cert, key }, 'TLS_KEY_FILE must hold the key of the certificate in TLS_CERT_FILE');
  return { cert, key };
}

function contentOf(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new StartError(`The file that ${variable} names can’t be read (${code}).`);
  }
}

function refuse(parts: Partial<Certificate>, expected: string): void {
  try {
    createSecureContext(parts);
  } catch (error) {
    throw new StartError(`${expected} (${(error as Error).message}).`);
  }
}
