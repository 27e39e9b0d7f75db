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
  icon: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 3c2 2 3 4 3 7s-1 5-3 7c-2-2-3-4-3-7s1-5 3-7z',
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
