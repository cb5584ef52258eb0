import { vi } from 'vitest';

/**
 * Milliseconds for which `vi.waitFor` tries unless it is told: its own second is short where all tests run at once.
 * `expect.poll` has the same, from the settings.
 */
const patience = 10_000;

const { waitFor } = vi;
vi.waitFor = (callback, options = {}) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: patience, ...options });
