import { bundleCommand, bundleSidecar } from './bundle.ts';

for (const { file, bytes } of [...(await bundleSidecar()), ...(await bundleCommand())]) {
  process.stdout.write(`${file} ${Math.ceil(bytes / 1024)} KiB\n`);
}
