/** Why this version of Node cannot run `pai`, or undefined. */
export function nodeObstacle(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return undefined;
  return `Node 22.18 or newer is needed, and this is ${version}; install a newer one`;
}
