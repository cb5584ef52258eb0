import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { commandIn, PaiError } from '@pai/core';
import { unwritable } from './atomic-write.ts';

interface SealedPlace {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

/** Seals and opens secret values with one key; a value opens only for the namespace, name and key it was sealed for. */
export interface Vault {
  /** `v1:` and base64 of the nonce, the ciphertext and the tag (AES-256-GCM, NIST SP 800-38D). */
  readonly seal: (place: SealedPlace, value: string) => string;
  /** Throws `state_corrupt` when the text was changed, moved, cut or sealed with another key. */
  readonly open: (place: SealedPlace, sealed: string) => string;
}

/** A vault for a key of 32 bytes. */
export function createVault(secret: Uint8Array): Vault {
  const key = createSecretKey(secret);
  return {
    seal: (place, value) => {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bindingOf(place));
      const content = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      return version + Buffer.concat([nonce, content, cipher.getAuthTag()]).toString('base64');
    },
    open: (place, sealed) => {
      const match = /^v1:([A-Za-z0-9+/]+={0,2})$/.exec(sealed);
      const bytes = Buffer.from(match?.[1] ?? '', 'base64');
      if (bytes.length < nonceLength + tagLength) throw unreadable(place, 'is not a sealed value');
      try {
        const nonce = bytes.subarray(0, nonceLength);
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
        decipher.setAAD(bindingOf(place)).setAuthTag(bytes.subarray(-tagLength));
        const content = decipher.update(bytes.subarray(nonceLength, -tagLength));
        return Buffer.concat([content, decipher.final()]).toString('utf8');
      } catch {
        throw unreadable(place, 'was changed, or was sealed with another secret.key');
      }
    },
  };
}

const version = 'v1:';
const nonceLength = 12;
const tagLength = 16;

function bindingOf({ namespace, name, key }: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify(['pai.io/v1', namespace, name, key]));
}

function unreadable({ namespace, name, key }: SealedPlace, why: string): PaiError {
  const command = commandIn(namespace, `pai add secret ${name} --from-literal ${key}=…`);
  const remedy = `restore it, or run: ${command}`;
  return new PaiError('state_corrupt', `secret ${name}, key ${key} ${why}; ${remedy}`);
}

/** The file in the home that holds the key: 64 hexadecimal digits, readable by its owner only. */
export const keyFileName = 'secret.key';

/** How a file is read. */
type ReadText = (path: string) => string | Promise<string>;

/**
 * The key of a home. Throws `state_corrupt` when the file is not a key, or is readable by others, and
 * `secret_missing` when there is none.
 */
export async function readKey(home: string, read?: ReadText): Promise<Buffer> {
  const key = await findKey(home, read);
  if (key !== undefined) return key;
  const path = join(home, keyFileName);
  throw new PaiError(
    'secret_missing',
    `${path} is missing, and no stored secret can be read without it; restore it from a backup, or delete the secrets and add them again`,
  );
}

/** The key of a home, made on first use; of several processes at once, all get the same. Throws as `readKey`, or `state_unwritable`. */
export async function readOrCreateKey(home: string): Promise<Buffer> {
  const found = await findKey(home);
  if (found !== undefined) return found;
  const path = join(home, keyFileName);
  const temporary = join(home, `.${keyFileName}.${randomBytes(6).toString('hex')}.new`);
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${randomBytes(32).toString('hex')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(path, thrown);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  return readKey(home);
}

/** The key of a home, undefined when there is none. Throws as `readKey` for one that cannot be used. */
export async function findKey(
  home: string,
  read: ReadText = (path) => readFile(path, 'utf8'),
): Promise<Buffer | undefined> {
  const path = join(home, keyFileName);
  let text: string;
  try {
    text = await read(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new PaiError('state_corrupt', `${path} cannot be read (${code}); make it readable for this user`);
  }
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new PaiError('state_corrupt', `${path} can be read by other users; run: chmod 600 ${path}`);
  }
  if (!/^[0-9a-f]{64}\s*$/.test(text)) {
    throw new PaiError(
      'state_corrupt',
      `${path} is not a key (64 hexadecimal digits); restore it from a backup, or remove it, delete the secrets and add them again`,
    );
  }
  return Buffer.from(text.trim(), 'hex');
}
