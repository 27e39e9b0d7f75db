import type { Caller, DoorName, HttpRequest, HttpResponse } from '#libs/kit';
import { addressOf } from '../access/request-facts.js';
import type { CallClient } from '../execution/call-client.js';
import type { CallOrigin } from '../execution/call-context.js';
import { traceparentOf } from './request-id.js';

/** Under which header name every answer carries its request id. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** What the executor is told of an HTTP request. The request id is the one that the edge has put on the answer. */
export function callOrigin(
  door: DoorName,
  caller: Caller,
  request: HttpRequest,
  response: HttpResponse,
  requestId = String(response.getHeader(REQUEST_ID_HEADER)),
): CallOrigin {
  return {
    caller,
    door,
    requestId,
    address: addressOf(request),
    request,
    traceparent: traceparentOf(request),
    resultTokens: request.headers['x-result-tokens'],
    client: new WaitingClient(response),
  };
}

/** Whoever waits for the answer to a request, on the connection that it came by. */
class WaitingClient implements CallClient {
  constructor(private readonly response: HttpResponse) {}

  get isCancelled(): boolean {
    return this.response.destroyed && !this.response.writableFinished;
  }

  onCancel(listener: () => void): () => void {
    const { response } = this;
    const closed = () => {
      if (!response.writableFinished) listener();
    };
    response.once('close', closed);
    return () => response.off('close', closed);
  }
}
