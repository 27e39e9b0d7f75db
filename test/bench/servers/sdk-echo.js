// The tool of the gateway that is measured, as a server of the official SDK offers it.
import { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

const message = { message: z.string().max(10_000) };

export function echoServer() {
  const server = new McpServer({ name: 'echo', version: '1.0.0' });
  const tool = {
    description: 'Answers what it was sent.',
    inputSchema: z.object(message),
    outputSchema: z.object(message),
  };
  server.registerTool('gateway_echo', tool, ({ message }) => ({
    content: [{ type: 'text', text: JSON.stringify({ message }) }],
    structuredContent: { message },
  }));
  return server;
}
