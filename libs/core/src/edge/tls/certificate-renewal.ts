import { X509Certificate } from 'node:crypto';
import type { Server } from 'node:https';
import { Logger } from '@nestjs/common';
import type { ServerSettings } from '../../config/server.settings.js';
import { readCertificate, type Certificate } from './certificate-files.js';

/** Whoever renews certificates does it days before they end. */
const LOOK_EVERY_MS = 60_000;

/** Has a server show a renewed certificate to those who connect from then on; no connection ends by it. */
export class CertificateRenewal {
  private readonly logger = new Logger('Edge');
  /** Once: it is looked at again and again. */
  private told: string | undefined;

  constructor(
    private readonly server: Server,
    private readonly settings: ServerSettings,
    private used: Certificate | undefined = readCertificate(settings),
  ) {
    const timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
    server.once('close', () => {
      clearInterval(timer);
    });
  }

  look(): void {
    try {
      const now = readCertificate(this.settings);
      if (!now || (this.used && now.cert.equals(this.used.cert) && now.key.equals(this.used.key))) return;
      this.server.setSecureContext(now);
      this.used = now;
      this.told = undefined;
      this.logger.log(`TLS goes on with a renewed certificate, good until ${new X509Certificate(now.cert).validTo}`);
    } catch (error) {
      const { message } = error as Error;
      if (message === this.told) return;
      this.told = message;
      // one file is written after the other
      this.logger.warn(`TLS goes on with the certificate it has: ${message}`);
    }
  }
}
