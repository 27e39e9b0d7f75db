import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';

/** Which of several gateways this process is; another one after each start. */
@Injectable()
export class ReplicaId {
  readonly text = randomUUID();
}
