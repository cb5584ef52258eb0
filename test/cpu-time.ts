/** Seconds of processor time that work takes in this process. The clock would count what else runs on the machine. */
export async function cpuSeconds(work: () => unknown): Promise<number> {
  const started = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}
