import { z } from 'zod';
import { GatewayFacts, McpService, Operation, type OperationContext } from '#libs/kit';

const serviceState = z.enum(['ready', 'degraded', 'unavailable', 'not configured']);

@McpService({
  name: 'gateway',
  version: '1.0.0',
  description: 'The gateway about itself: who is calling, what is there and how it is doing',
  location: 'server',
})
export class GatewayService {
  constructor(private readonly gateway: GatewayFacts) {}

  @Operation({
    name: 'echo',
    title: 'Echo a message',
    description: 'Answers the message it is given and does nothing else. Use it to see whether the gateway answers.',
    input: z.object({ message: z.string().describe('The text to get back') }),
    output: z.object({ message: z.string() }),
    permission: 'read',
    annotations: { readOnly: true, idempotent: true, openWorld: false },
    slash: 'echo <message...>',
  })
  echo({ message }: { message: string }) {
    return { message };
  }

  @Operation({
    name: 'whoami',
    title: 'Who am I',
    description: 'Tells who the gateway takes the caller for, how it was recognised, and which permissions it holds.',
    input: z.object({}),
    output: z.object({
      id: z.string(),
      subject: z.string(),
      recognisedBy: z.enum(['address', 'key', 'jwt']),
      owner: z.string().optional(),
      team: z.string().optional(),
      permissions: z.array(z.string()),
    }),
    permission: 'read',
    annotations: { readOnly: true, idempotent: true, openWorld: false },
  })
  whoami(_input: object, { caller }: OperationContext) {
    const { id, subject, kind, owner, team, permissions } = caller;
    return {
      id,
      subject,
      recognisedBy: kind === 'local' ? ('address' as const) : kind,
      ...(owner !== undefined && { owner }),
      ...(team !== undefined && { team }),
      permissions: [...permissions],
    };
  }

  @Operation({
    name: 'status',
    title: 'Status of the services',
    description:
      'Lists the services that the caller may use with their state, and says what is wrong where one is not ready.',
    input: z.object({}),
    output: z.object({
      version: z.string(),
      services: z.array(
        z.object({
          name: z.string(),
          state: serviceState,
          operations: z.number().int(),
          reason: z.string().optional(),
          missing: z.array(z.string()).optional().describe('Variables that an operator has to set'),
        }),
      ),
    }),
    permission: 'read',
    annotations: { readOnly: true, idempotent: true, openWorld: false },
  })
  status(_input: object, { caller }: OperationContext) {
    return { version: this.gateway.version, services: this.gateway.services(caller) };
  }
}
