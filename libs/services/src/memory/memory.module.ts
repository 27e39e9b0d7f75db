import { Module } from '@nestjs/common';
import { Mem0Service } from './mem0.service.js';
import { Memories } from './memories.js';
import { Embeddings } from './own/embeddings.js';
import { OwnMemories } from './own/own-memories.js';

@Module({
  providers: [Mem0Service, Embeddings, OwnMemories, { provide: Memories, useExisting: OwnMemories }],
})
export class MemoryModule {}
