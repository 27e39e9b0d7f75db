export { Breakers, type CircuitState } from './breakers.js';
export type { AnswerHead, HttpAnswer, HttpStream } from './http-answer.js';
export { HostList } from './host-list.js';
export { HttpClient } from './http-client.js';
export type { HttpRequest } from './http-request.js';
export { OutboundModule } from './outbound.module.js';
export { OutboundSettings } from './outbound.settings.js';
export { NamedOrigin, type TargetPolicy } from './target-policy.js';
export { UrlGuard } from './url-guard.js';
