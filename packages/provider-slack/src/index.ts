export { slack } from './plugin.ts';
