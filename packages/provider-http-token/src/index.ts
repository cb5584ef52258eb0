export { httpToken } from './plugin.ts';
