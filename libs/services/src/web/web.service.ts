import { McpService, Operation, type InputOf, type OperationContext } from '#libs/kit';
import { HttpClient } from '#libs/outbound';
import { callApi } from './api-call.js';
import { fetchUrl } from './fetch-url.js';
import * as operations from './operations.js';
import { PageThreads } from './page/page-threads.js';

/** It has no circuit breaker: hosts are whatever callers name, and one that is down says nothing of the others. */
@McpService({
  name: 'web',
  version: '1.0.0',
  description:
    'The web: pages as text that agents can read, and calls of HTTP APIs; private hosts only where the operator allows them.',
  location: 'server',
})
export class WebService {
  constructor(
    private readonly http: HttpClient,
    private readonly threads: PageThreads,
  ) {}

  @Operation(operations.fetchUrl)
  fetchUrl(input: InputOf<typeof operations.fetchUrl>, { signal }: OperationContext) {
    return fetchUrl(this.http, this.threads, input, signal);
  }

  @Operation(operations.apiCall)
  apiCall(input: InputOf<typeof operations.apiCall>, { signal }: OperationContext) {
    return callApi(this.http, input, signal);
  }
}
