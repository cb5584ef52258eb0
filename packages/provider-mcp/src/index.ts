export { mcp } from './plugin.ts';
