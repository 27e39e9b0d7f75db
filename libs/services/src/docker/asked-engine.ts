import { Injectable } from '@nestjs/common';
import { ContainerQuestions, Redaction, type ContainerQuestion } from '#libs/kit';
import { containerStats, inspectContainer, readLogs } from './container.js';
import { Engine } from './engine.js';
import { engineInfo, listContainers, listImages } from './listing.js';
import * as operations from './operations.js';

/** Answers other services' questions by the very operations, and so by their rules and masks. */
@Injectable()
export class AskedEngine extends ContainerQuestions {
  constructor(
    private readonly engine: Engine,
    private readonly redaction: Redaction,
  ) {
    super();
  }

  async ask(question: ContainerQuestion, signal: AbortSignal): Promise<string | object> {
    const { engine } = this;
    switch (question.about) {
      case 'ps':
        return listContainers(engine, operations.ps.input.parse({ all: question.all }), signal);
      case 'images':
        return listImages(engine, operations.images.input.parse({ reference: question.reference }), signal);
      case 'logs': {
        const { about: _, ...input } = question;
        return (await readLogs(engine, operations.logs.input.parse(input), signal)).log;
      }
      case 'inspect':
        return inspectContainer(engine, this.redaction, question.container, signal);
      case 'stats':
        return containerStats(engine, question.container, signal);
      case 'info':
        return engineInfo(engine, signal);
    }
  }
}
