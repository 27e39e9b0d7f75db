export { Breakers, type CircuitState } from './breakers.js';
