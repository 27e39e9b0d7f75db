import { ADMIN_KEY, type Answer, type TestGateway } from '../gateway.js';

export const admin = { 'x-mcp-key': ADMIN_KEY };

/** One call of an operation through the REST door, as the admin. */
export function call(gateway: TestGateway, id: `${string}.${string}`, input: object = {}): Promise<Answer> {
  return gateway.post(`/api/services/${id.replace('.', '/')}`, input, admin);
}

/** One slash command, as the admin. */
export function slash(gateway: TestGateway, command: string): Promise<Answer> {
  return gateway.post('/mcp/execute', { command }, admin);
}

/** What a call answered; undefined where it failed. */
export function dataOf({ body }: Answer): Record<string, unknown> {
  return (body as { data: Record<string, unknown> }).data;
}

/** How a call failed, with its status. */
export function errorOf({ status, body }: Answer): { status: number; details?: Record<string, unknown> } {
  return { status, ...(body as { error: object }).error };
}
