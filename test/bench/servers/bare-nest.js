// Nest on Express with one route, which answers the same call and checks nothing. Its decorators are called as what they
// are, functions, since nothing compiles this file.
import 'reflect-metadata';
import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

class EchoController {
  /** @param {any} call */
  answer({ id, params }) {
    const text = JSON.stringify({ message: params.arguments.message });
    const result = { content: [{ type: 'text', text }], structuredContent: params.arguments, isError: false };
    return { jsonrpc: '2.0', result, id };
  }
}
const method = Object.getOwnPropertyDescriptor(EchoController.prototype, 'answer') ?? {};
Body()(EchoController.prototype, 'answer', 0);
Post('mcp')(EchoController.prototype, 'answer', method);
HttpCode(200)(EchoController.prototype, 'answer', method);
Controller()(EchoController);

class EchoModule {}
Module({ controllers: [EchoController] })(EchoModule);

const app = await NestFactory.create(EchoModule, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const { port } = app.getHttpServer().address();
console.log(`http://127.0.0.1:${port}/mcp`);
