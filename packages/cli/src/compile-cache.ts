import { mkdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Lets Node keep what it compiles for the next start, in the user's own cache directory and nowhere that anyone else
 * can write: what is kept there is run. Does nothing where there is no such directory, or it cannot be made.
 */
export function keepCompiled(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  try {
    const directory = cacheDirectory(env, platform);
    if (directory === undefined || !isOurs(directory)) return undefined;
    return enableCompileCache(join(directory, 'compiled')).directory;
  } catch {
    return undefined;
  }
}

/** `$XDG_CACHE_HOME/pai` or `~/.cache/pai`, `~/Library/Caches/pai`; Windows keeps what it compiles for nobody. */
function cacheDirectory(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | undefined {
  if (platform === 'win32') return undefined;
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  if (platform !== 'darwin' && isAbsolute(xdg)) return join(xdg, 'pai');
  const home = env['HOME'] ?? homedir();
  if (!isAbsolute(home)) return undefined;
  return platform === 'darwin' ? join(home, 'Library', 'Caches', 'pai') : join(home, '.cache', 'pai');
}

function isOurs(directory: string): boolean {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(directory);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}
