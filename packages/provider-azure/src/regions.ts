/** One spelling for a region, which Azure writes as `eastus`, `EastUS` and `East US`. */
export function regionKey(region: string): string {
  return region.replace(/[\s_-]/g, '').toLowerCase();
}

/** Whether a `location` says that a resource is of no region. */
export function isGlobal(key: string): boolean {
  return key === 'global' || key === '';
}
