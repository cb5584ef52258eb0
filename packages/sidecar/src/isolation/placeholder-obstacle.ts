import { printable } from '@pai/core';
import type { DeclaredProvider } from './wire.ts';

/** Where variables begin that shells, loaders, languages, package managers, clients and Pai itself obey. */
const obeyed: ReadonlySet<string> = new Set(
  [
    'PAI LD DYLD GLIBC MALLOC BASH SSH SSL OPENSSL CURL HTTP HTTPS ALL NO FTP REQUESTS GRPC XDG LC RES',
    'NODE NPM PNPM YARN BUN DENO COREPACK PYTHON PIP UV CONDA POETRY PERL PERL5 RUBY GEM BUNDLE',
    'JAVA JDK MAVEN GRADLE DOTNET GO CGO CARGO RUST RUSTC PHP COMPOSER LUA CC CXX MAKE GIT MAN LESS',
    'DOCKER CONTAINER KUBE KUBERNETES HELM TERRAFORM TF ANSIBLE CLOUDSDK AWS GOOGLE GCP AZURE ARM GITHUB GH',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Why an agent may not get what a plugin gives it, or undefined. The agent runs outside of the plugin's process, and
 * there are variables by which programs load code, trust servers or send elsewhere what is for another service.
 */
export function placeholderObstacle(
  type: string,
  { env, files = {} }: Pick<DeclaredProvider, 'env' | 'files'>,
  named: ReadonlySet<string>,
): string | undefined {
  const word = (type.split('-')[0] ?? type).toUpperCase();
  const isOwn = (name: string) =>
    (!obeyed.has(word) && name.startsWith(`${word}_`)) || named.has(name.toLowerCase());
  const other = Object.keys(env).find((name) => !/^[A-Za-z_]\w{0,127}$/.test(name) || !isOwn(name));
  if (other !== undefined) {
    const remedy = `name it ${word}_…, or have the user name it in spec.auth.agentEnvVar`;
    return `gives agents the variable ${printable(other)}, which may be another program's; ${remedy}`;
  }
  const odd = Object.keys(files).find((file) => !/^\w[\w.-]{0,127}$/.test(file));
  return odd === undefined ? undefined : `gives agents a file called ${printable(odd)}; give it a plain name`;
}
