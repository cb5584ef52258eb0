import { timingSafeEqual } from 'node:crypto';
import { type PaiPluginOptions, pai } from '@pai/sidecar/fastify';
import Fastify, { type FastifyInstance } from 'fastify';

/** An application whose clients reach services with a key of this application, and never hold one of a service. */
export async function createApp(key: string, options: PaiPluginOptions): Promise<FastifyInstance> {
  const app = Fastify();
  app.get('/health', () => ({ ok: true }));
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', async (request, reply) => {
      if (!isSame(request.headers['x-app-key'], key))
        await reply.code(401).send({ error: 'x-app-key is wrong' });
    });
    await guarded.register(pai, { ...options, prefix: '/pai', access: 'hooks' });
  });
  return app;
}

function isSame(given: string | string[] | undefined, key: string): boolean {
  const [one, other] = [Buffer.from(String(given)), Buffer.from(key)];
  return one.length === other.length && timingSafeEqual(one, other);
}
