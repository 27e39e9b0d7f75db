import { Module } from '@nestjs/common';
import { ServiceStore } from '#libs/kit';
import { HttpClient } from '#libs/outbound';
import { Mem0Service } from './mem0.service.js';
import { Mem0Settings } from './mem0.settings.js';
import { Memories } from './memories.js';
import { Embeddings } from './own/embeddings.js';
import { OwnMemories } from './own/own-memories.js';
import { ossDialect } from './remote/oss-dialect.js';
import { platformDialect } from './remote/platform-dialect.js';
import { RemoteMemories } from './remote/remote-memories.js';

const dialects = { oss: ossDialect, platform: platformDialect };

/** Where memories are kept is decided once, at the start. */
function memoriesFor(settings: Mem0Settings, store: ServiceStore, http: HttpClient): Memories {
  const { url, mode } = settings;
  return url === undefined
    ? new OwnMemories(store, new Embeddings(settings, http))
    : new RemoteMemories(dialects[mode], url, settings, http);
}

@Module({
  providers: [
    Mem0Service,
    { provide: Memories, inject: [Mem0Settings, ServiceStore, HttpClient], useFactory: memoriesFor },
  ],
})
export class MemoryModule {}
