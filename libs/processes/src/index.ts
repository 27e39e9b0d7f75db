export { ProcessGroup, type ProcessCommand } from './process-group.js';
export { findSandbox, sandboxed, type Sandbox } from './sandbox.js';
