import { Test } from '@nestjs/testing';
import { HttpClient, OutboundModule, OutboundSettings } from '#libs/outbound';

class Settings {}

/** A client with connections of its own, which end when it is closed. */
export async function httpClient(timeoutMs = 5_000): Promise<{ client: HttpClient; close(): Promise<void> }> {
  const settings = { provide: OutboundSettings, useValue: new OutboundSettings({ timeoutMs } as never) };
  const module = await Test.createTestingModule({
    imports: [{ module: Settings, global: true, providers: [settings], exports: [OutboundSettings] }, OutboundModule],
  }).compile();
  return { client: module.get(HttpClient), close: () => module.close() };
}
