import { isObject, type Params } from './messages.js';

/** Whether a client's answer is one to what it was asked for; the rest is for whoever asked to judge. */
export function isAnswerTo(method: string, answer: unknown): answer is Params {
  if (!isObject(answer)) return false;
  switch (method) {
    case 'elicitation/create':
      return answer.action === 'accept' || answer.action === 'decline' || answer.action === 'cancel';
    case 'sampling/createMessage':
      return isObject(answer.content) || Array.isArray(answer.content);
    default:
      return Array.isArray(answer.roots);
  }
}
