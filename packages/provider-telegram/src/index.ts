export { telegram } from './plugin.ts';
