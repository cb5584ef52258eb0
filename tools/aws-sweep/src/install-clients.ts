import { clients } from './clients.ts';
import { iamData, install } from './install.ts';

// For the end-to-end test, which has no network: the clients as they are today.
const [, , directory] = process.argv;
if (directory === undefined) throw new Error('usage: install-clients.ts DIRECTORY');
install(directory, [...clients.map((name) => `@aws-sdk/client-${name}@latest`), iamData]);
