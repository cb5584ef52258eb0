/** The hosts of Entra ID in each cloud, with the one to prefer first. No credential of an agent ever goes there. */
export const loginHosts: readonly (readonly string[])[] = [
  ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
  ['login.microsoftonline.us', 'login-us.microsoftonline.com', 'login.usgovcloudapi.net'],
  ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
];

/** Whether a host is one of Entra ID's. */
export function isLoginHost(host: string): boolean {
  return loginHosts.some((aliases) => aliases.includes(host));
}
