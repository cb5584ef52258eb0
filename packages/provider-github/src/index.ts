export { github } from './plugin.ts';
