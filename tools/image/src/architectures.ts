/** What an image can be for, as OCI and Debian call it, and where Debian keeps its libraries. */
export const architectures = {
  amd64: { libraries: 'lib/x86_64-linux-gnu', loader: 'lib64/ld-linux-x86-64.so.2' },
  arm64: { libraries: 'lib/aarch64-linux-gnu', loader: 'lib/ld-linux-aarch64.so.1' },
} as const;

/** One of them. */
export type Architecture = keyof typeof architectures;

/** That of this machine. */
export const ownArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
