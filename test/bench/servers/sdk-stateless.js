// The official SDK as it serves MCP of 2026-07-28: a server of its own for each request.
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { echoServer } from './sdk-echo.js';
import { announce } from './listen.js';

const handle = toNodeHandler(createMcpHandler(echoServer));
announce(createServer((request, response) => void handle(request, response)));
