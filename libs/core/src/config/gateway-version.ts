/** The gateway's own version, as its package names it. */
export class GatewayVersion {
  constructor(readonly number: string) {}
}
