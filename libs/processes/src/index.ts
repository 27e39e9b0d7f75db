export { ProcessGroup, type ProcessCommand } from './process-group.js';
export { cleanEnvironment, findSandbox, sandboxed, type Sandbox } from './sandbox.js';
