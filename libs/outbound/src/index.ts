export { Breakers } from './breakers.js';
