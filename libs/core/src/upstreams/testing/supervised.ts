import { Breakers } from '#libs/outbound';
import type { PinStore } from '../pin-store.js';
import type { SessionPlaces } from '../session-places.js';
import { SupervisedUpstream } from '../supervised-upstream.js';
import type { UpstreamConfig } from '../upstream-config.js';
import type { UpstreamChange } from '../upstream.js';
import type { MemoryServer } from './memory-server.js';

const process: UpstreamConfig['target'] = { command: 'wiki', args: [], env: {}, cwd: undefined, network: true };

interface More {
  target?: UpstreamConfig['target'];
  store?: Partial<PinStore>;
  onChange?(change: UpstreamChange): void;
}

const nowhere: Partial<PinStore> = {
  keepPins: () => undefined,
  dropPins: () => undefined,
  renewWaiting: () => undefined,
  keepOffer: () => undefined,
};

/** An upstream over a server in this process. */
export function supervised(server: MemoryServer, { target = process, store, onChange = () => undefined }: More = {}) {
  return new SupervisedUpstream({
    config: { name: 'wiki', origin: 'file', description: '', use: 'on', timeoutMs: undefined, rules: {}, target },
    open: server.open,
    store: { ...nowhere, ...store } as PinStore,
    breakers: new Breakers(),
    places: { isShared: () => false } as unknown as SessionPlaces,
    timings: { startTimeoutMs: 60_000, idleMs: 900_000, maxLifetimeMs: 0 },
    onChange,
    authorizationOf: () => undefined,
  });
}
