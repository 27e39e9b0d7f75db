import { OperationError } from '#libs/kit';
import { missingCapability } from './mcp-refusal.js';
import { isObject, type Params } from './messages.js';

/** Throws where the client has not declared that it can be asked for this (-32021 with what is missing). */
export function requireCapability(method: string, params: Params, declared: Params): void {
  const [name, mode] = neededFor(method, params);
  const capability = declared[name];
  if (isObject(capability) && (mode === undefined || mode in capability || isImplied(mode, capability))) return;
  const requiredCapabilities = { [name]: mode === undefined ? {} : { [mode]: {} } };
  const what = mode === undefined ? name : `${name}.${mode}`;
  throw missingCapability(`This call asks the client for ${method}; the client must declare the capability ${what}`, {
    requiredCapabilities,
  });
}

function neededFor(method: string, params: Params): [name: string, mode?: string] {
  if (method === 'elicitation/create') return ['elicitation', params.mode === 'url' ? 'url' : 'form'];
  if (method === 'sampling/createMessage') {
    return params.tools === undefined && params.toolChoice === undefined ? ['sampling'] : ['sampling', 'tools'];
  }
  if (method === 'roots/list') return ['roots'];
  throw new OperationError('failed', `A client cannot be asked for ${JSON.stringify(method.slice(0, 80))}`);
}

/** `elicitation: {}` means forms, as it did before there were modes. */
function isImplied(mode: string, capability: Params): boolean {
  return mode === 'form' && !('url' in capability);
}
