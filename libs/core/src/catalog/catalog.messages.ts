import { SERVICE_NAME } from './names.js';

/** Every reason for which a declaration stops the start, built from the names that it is about. */
export const refusals = {
  badServiceName: (type: string, name: string) => `${type}: the service name "${name}" must be ${SERVICE_NAME}`,
  duplicateService: (type: string, name: string, other: string) =>
    `${type}: the service name "${name}" is taken by ${other}`,
  noServiceDescription: (type: string) => `${type}: @McpService needs a description`,
  noOperation: (type: string) => `${type}: @McpService declares no @Operation`,
  requestScoped: (type: string) =>
    `${type}: a service must be a singleton; it, or something it injects, is request-scoped`,
  noService: (module: string) => `${module}: the module provides no class with @McpService`,
  badOperationName: (where: string, name: string) =>
    `${where}: the operation name "${name}" must be lower-case words joined by "-" or "_"`,
  noOperationDescription: (where: string) => `${where}: @Operation needs a description`,
  duplicateOperation: (where: string, id: string, other: string) => `${where}: the id "${id}" is taken by ${other}`,
  badToolName: (where: string, tool: string) =>
    `${where}: the tool name "${tool}" must be at most 48 of a-z, 0-9 and "_"; declare a shorter one with tool`,
  duplicateTool: (where: string, tool: string, other: string) =>
    `${where}: the tool name "${tool}" is taken by ${other}`,
  badPromptName: (where: string, name: string) =>
    `${where}: the prompt name "${name}" must be lower-case words joined by "-", at most 48 characters with its service`,
  noPromptDescription: (where: string) => `${where}: @Prompt needs a description`,
  badPromptArguments: (where: string) => `${where}: the arguments of a prompt must be a z.object`,
  promptArgumentNoText: (where: string, name: string) =>
    `${where}: the argument "${name}" must be a z.string or a z.enum, since clients send texts`,
  promptArgumentUntold: (where: string, name: string) => `${where}: the argument "${name}" needs a description`,
  duplicatePrompt: (where: string, name: string, other: string) =>
    `${where}: the prompt name "${name}" is taken by ${other}`,
  notAnObject: (where: string, side: 'input' | 'output') => `${where}: the ${side} must be a z.object`,
  topLevelChoice: (where: string, side: 'input' | 'output', keyword: string) =>
    `${where}: the ${side} has ${keyword} at its top level, which model providers refuse; use one z.object`,
  noJsonSchema: (where: string, side: 'input' | 'output', reason: string) =>
    `${where}: the ${side} can't be written as JSON Schema (${reason})`,
};
