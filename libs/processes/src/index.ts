export { confined, wallsFailed, type Confinement, type HeldDirectory } from './confined.js';
export { findProgram } from './find-program.js';
export { ProcessGroup, type ProcessCommand } from './process-group.js';
export { ProcessesModule } from './processes.module.js';
export { runProgram, type ProgramRun } from './run-program.js';
export { cleanEnvironment, findSandbox, replaceablePlaces, sandboxed, Sandbox } from './sandbox.js';
